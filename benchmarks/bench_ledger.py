"""What the ledger costs a frame: when nothing changes, when a value changes every second, and when an event fires."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Row, json_path, show, write
from securos_trigger import Condition, TriggerSecurOSEvent
from securos_trigger.ledger import Asked, Journal, Ledger, LedgerFiles, LedgerReading, NodeLedger, answer
from securos_trigger.model import Address, Decision, Moment
from securos_trigger.notices import Announcer

ROUNDS = 9
FRAMES = 20_000
FRAMES_PER_S = 25
BEGAN = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
ADDRESS = Address("bench", "", "trigger1")
CONDITION = (
    "nodes.annotate_line_counter1.lines.line1.total_objects_crossed_delta > 0 "
    "and nodes.annotate_presence1.rois.fullframe.current_objects >= 2"
)
QUIET: dict[str, Any] = {
    "nodes": {
        "annotate_line_counter1": {"lines": {"line1": {"total_objects_crossed_delta": 0}}},
        "annotate_presence1": {"rois": {"fullframe": {"current_objects": 1}}},
    }
}
MISSING: dict[str, Any] = {"nodes": {"annotate_presence1": {"rois": {"fullframe": {"current_objects": 1}}}}}
TIMES = [(n / FRAMES_PER_S, BEGAN + timedelta(seconds=n / FRAMES_PER_S)) for n in range(FRAMES)]

Note = Callable[[Decision, dict[str, Any], Moment], None]


def nothing(_decision: Decision, _metadata: dict[str, Any], _moment: Moment) -> None:
    """The empty function of the comparison."""


def microseconds(note: Note, metadata: dict[str, Any]) -> float:
    """What the decision and `note` of a frame cost together."""
    node = TriggerSecurOSEvent(
        iss_ip="vms.example", iss_password="token", event_source="custom", trigger=CONDITION, event_name="x"
    )
    began_at_s = time.perf_counter()
    for at, captured_at in TIMES:
        moment = Moment(at, captured_at)
        note(node.decide(metadata, moment), metadata, moment)
    return (time.perf_counter() - began_at_s) / FRAMES * 1e6


def frame_rows(folder: Path) -> list[Row]:
    """A frame that does not fire, with the ledger on disk and with an empty function in its place."""
    rows = []
    sides = {"every path present": QUIET, "a path missing": MISSING}
    for title, metadata in sides.items():
        with closing(_ledger(folder / f"{len(title)}.jsonl")) as ledger:
            node_ledger = ledger.node(ADDRESS, Condition(CONDITION))
            pairs = [(microseconds(node_ledger.note, metadata), microseconds(nothing, metadata)) for _ in range(ROUNDS)]
        ours, bare = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
        more = median(with_ledger - without for with_ledger, without in pairs)
        rows.append(
            Row(
                f"node and ledger, nothing changes, {title}",
                f"{ours:.2f} us",
                f"node alone {bare:.2f} us",
                f"{more:+.2f} us",
                "at most 1.5 us more",
                more <= 1.5,
            )
        )
    return rows


def reading_row(folder: Path) -> Row:
    """`explain` over full files."""
    path = folder / "full.jsonl"
    with closing(_ledger(path)) as ledger:
        _fill(ledger.node(ADDRESS, Condition(CONDITION)))
    size_mb = path.stat().st_size / 1e6
    began_at_s = time.perf_counter()
    middle_s = BEGAN.timestamp() + FRAMES / FRAMES_PER_S / 2
    found = answer(LedgerReading(path), Asked(middle_s, middle_s + 60))
    took_s = time.perf_counter() - began_at_s
    assert found.nodes[0].entries
    per_s = size_mb / took_s
    return Row(
        "read a ledger and answer",
        f"{per_s:.0f} MB/s ({size_mb:.1f} MB)",
        "",
        "",
        "over 10 MB/s (the default files in 5 s)",
        per_s > 10,
    )


def _fill(node_ledger: NodeLedger) -> None:
    """Decisions that change on every frame."""
    node = TriggerSecurOSEvent(
        iss_ip="vms.example", iss_password="token", event_source="custom", trigger=CONDITION, event_name="x"
    )
    for number, (at, captured_at) in enumerate(TIMES):
        metadata = QUIET if number % 2 else MISSING | {"objects": []}
        moment = Moment(at, captured_at, str(number))
        node_ledger.note(node.decide(metadata, moment), metadata, moment)


def _ledger(path: Path) -> Ledger:
    return Ledger(Journal(LedgerFiles(path, max_bytes=10**9, files=2), announcer=Announcer(), queue_limit=10**6))


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write JSON if asked."""
    path = json_path(__doc__ or "", argv)
    with tempfile.TemporaryDirectory() as folder:
        rows = [*frame_rows(Path(folder)), reading_row(Path(folder))]
    show("The ledger", rows)
    write(path, rows)


if __name__ == "__main__":
    main()
