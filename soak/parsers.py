"""Broken and hostile messages into the parser of every kind of input: nothing raises, nothing grows without bound."""

from __future__ import annotations

import json
import time
import traceback
from collections import Counter
from pathlib import Path

from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.kinds import KINDS, load_kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.report import report
from soak.memory import memory_bytes
from soak.mutations import Mutator
from soak.report import Report

PAYLOADS = Path(__file__).parents[1] / "tests" / "payloads"
#: Rows that may be kept while all these messages come; far below what they would be if every message left one for ever.
MAX_ROWS = 500
#: The largest messages are 16 MB of JSON, and what Python has freed may stay with the process.
MAX_GROWTH_MB = 100
#: The most CPU time for a message, and for what is made once. The slowest kind takes a quarter of it.
MAX_CPU_S_EACH = 0.002
FREE_CPU_S = 5.0
NOON = 1_777_885_951.25


def run(*, is_long: bool, messages: int | None = None, seed: int = 1) -> Report:
    """Send `messages` mutated messages of each kind (100,000, or 2,000) to its parser and the reducer."""
    count = messages if messages is not None else 100_000 if is_long else 2_000
    broken: list[str] = []
    verdicts: Counter[str] = Counter()
    grown_mb: dict[str, float] = {}
    took_s: dict[str, float] = {}
    for name in KINDS:
        kind_began_at_s = time.process_time()
        found, sentence, grown_mb[name] = try_kind(name, count, seed)
        took_s[name] = time.process_time() - kind_began_at_s
        if is_long:
            print(f"    {name}: {count:,} messages, {took_s[name]:.0f} s of CPU", flush=True)
        if took_s[name] > FREE_CPU_S + count * MAX_CPU_S_EACH:
            broken.append(f"{name}: {count:,} messages take {took_s[name]:.0f} s of CPU")
        verdicts += found
        broken += [sentence] if sentence else []
        if grown_mb[name] > MAX_GROWTH_MB:
            broken.append(f"{name}: the memory has grown by {grown_mb[name]:.0f} MB, more than {MAX_GROWTH_MB}")
    slowest = max(took_s, key=lambda name: took_s[name])
    figures: dict[str, object] = {
        "kinds": len(KINDS),
        "messages each": count,
        "messages a second of CPU": round(count * len(KINDS) / sum(took_s.values())),
        "slowest kind": f"{slowest}, {took_s[slowest] / count * 1e6:.0f} us of CPU for a message",
        "most memory grown within a kind, MB": round(max(grown_mb.values()), 1),
        **{verdict.value: verdicts[verdict] for verdict in Verdict},
    }
    return Report(figures, tuple(broken))


def try_kind(name: str, count: int, seed: int) -> tuple[Counter[str], str, float]:
    """The verdicts of one kind, a sentence where a promise was broken, and by how many MB the memory has grown.

    The sentence names the seed that shows it again. The memory counts from a tenth of the messages on: by then every
    bound is reached.
    """
    mutator = Mutator(PAYLOADS / name, seed)
    kind = load_kind(name)
    settings = kind.settings.model_validate(mutator.settings(set(kind.settings.model_fields)))
    reader = InputReader(kind, settings)
    reader.known.max_rows = MAX_ROWS
    verdicts: Counter[str] = Counter()
    began_mb = resident_mb()
    for index in range(count):
        if index == count // 10:
            began_mb = resident_mb()
        message = mutator.message(NOON + index / 10)
        try:
            verdicts.update(tried(reader, message, has_parts=kind.has_parts))
        except Exception:  # noqa: BLE001  that nothing is raised is what is tried here
            what = f"{name}, message {index} with seed {seed}: {traceback.format_exc()} {message!r:.2000}"
            return verdicts, what, 0.0
    rows = len(reader.known)
    what = f"{name}: {rows} rows are kept, not {MAX_ROWS}" if rows > MAX_ROWS else ""
    return verdicts, what, resident_mb() - began_mb


def resident_mb() -> float:
    """The resident memory of this process."""
    return memory_bytes() / 1024**2


def tried(reader: InputReader, message: Message, *, has_parts: bool = False) -> list[str]:
    """The verdicts of one message, whose happenings can be written as JSON."""
    happenings = reader.take(message)
    json.dumps(report(happenings, has_parts=has_parts), allow_nan=False).encode("ascii")
    return [one.verdict.value for one in happenings]
