"""How fast a recording is replayed, against parsing the same lines and doing nothing, and what memory it takes."""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks.alternate import alternate, ratio
from benchmarks.table import Row, json_path, report
from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.replay import replay_recording

ROUNDS = 7
FRAMES = 10_000
RATIO_BAR = 0.7
#: Sizes of the recordings whose memory is compared, uncompressed.
SMALL_BYTES = 50_000_000
LARGE_BYTES = 1_000_000_000
# An event now and then, as in the field: 1 frame of 500.
EVENT_EVERY = 500
SITE = """\
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "nodes.annotate_line_counter1.lines.line1.total_objects_crossed_delta > 0 \
and nodes.annotate_presence1.rois.fullframe.current_objects_count >= 2"
event_name = "{{ nodes.annotate_presence1.rois.fullframe.current_objects_count }} people"
iss_ip = "vms.example"
iss_password = { env = "NOT_NEEDED" }
"""


def standard_line(number: int) -> bytes:
    """The line of a standard frame: five nodes, ten objects, about 2 KB."""
    crossed = int(number % EVENT_EVERY == 0)
    objects = [
        {
            "id": n,
            "label": "person",
            "class_id": 0,
            "probability": round(0.81 + n / 77, 4),
            "rect": {"left": 100.5 + n, "top": 200.25, "width": 40.125, "height": 80.75},
            "attributes": [{"label": "red"}],
        }
        for n in range(10)
    ]
    deltas = {f"{name}_objects_crossed_delta": crossed for name in ("total", "dir1", "dir2")}
    nodes = {
        "annotate_line_counter1": {"lines": {"line1": {**deltas, "total_objects_crossed": 12}}},
        "annotate_presence1": {"rois": {"fullframe": {"current_objects_count": 3, "objects_entered_delta": 0}}},
        "gpt1": {"fullframe": {"label": "a person at the door"}},
        "event1": {"event_delta": 0, "event_state": 0},
        "function1": {"value": 2.5},
    }
    captured_at = f"2026-01-01T{number // 90_000 % 24:02}:{number // 1500 % 60:02}:{number // 25 % 60:02}+00:00"
    metadata = {"nodes": nodes, "objects": objects}
    record = {"at": number / 25, "captured_at": captured_at, "source_name": "yard", "metadata": metadata}
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def settings() -> Settings:
    """One trigger with the standard condition."""
    return parse_config(SITE, base=Path(), has_secrets=False)


def parse_all(path: Path, parse: Callable[[bytes], Any]) -> None:
    """Read a file by lines and parse each."""
    with path.open("rb", 1024**2) as file:
        for line in file:
            parse(line)


def frames_per_s(work: Callable[[], object]) -> float:
    """Frames a second of work over the whole recording, by the processor's time: the machine is shared."""
    began_at_s = time.process_time()
    work()
    return FRAMES / (time.process_time() - began_at_s)


def speed_rows(folder: Path) -> list[Row]:
    """Replay against the fastest parser alone; the standard library's for comparison."""
    path = folder / "standard.jsonl"
    path.write_bytes(b"".join(map(standard_line, range(FRAMES))))
    compressed = folder / "standard.jsonl.gz"
    compressed.write_bytes(gzip.compress(path.read_bytes(), 5))
    site = settings()
    fast = msgspec.json.Decoder().decode
    sides: dict[str, Callable[[], object]] = {
        "replay": lambda: replay_recording(path, site),
        "parse": lambda: parse_all(path, fast),
        "compressed": lambda: replay_recording(compressed, site),
        "json": lambda: parse_all(path, json.loads),
    }
    speeds = alternate({name: partial(frames_per_s, work) for name, work in sides.items()}, ROUNDS)
    middle = {name: median(values) for name, values in speeds.items()}
    times = ratio(speeds, "replay", "parse")
    times_real = middle["replay"] / 25
    return [
        Row(
            "replay, standard frame of 2 KB",
            f"{middle['replay']:,.0f} frames/s",
            f"parsing alone (msgspec) {middle['parse']:,.0f}",
            f"{times:.2f}",
            f"at least {RATIO_BAR}",
            times >= RATIO_BAR,
        ),
        Row(
            "the same, in frames a second",
            f"{middle['replay']:,.0f} ({times_real:,.0f} x real time at 25)",
            f"parsing alone (json) {middle['json']:,.0f}",
            f"{middle['replay'] / middle['json']:.2f}",
            "at least 10,000",
            middle["replay"] >= 10_000,
        ),
        Row(
            "the same, compressed",
            f"{middle['compressed']:,.0f} frames/s",
            f"not compressed {middle['replay']:,.0f}",
            f"{middle['compressed'] / middle['replay']:.2f}",
            "at least 10,000",
            middle["compressed"] >= 10_000,
        ),
    ]


def long_lines() -> Iterator[bytes]:
    """Blocks of lines without end; one frame of a hundred is standard, the rest carries 20 KB of text."""
    filler = json.dumps({"at": 0, "metadata": {"note": "x" * 20_000}}).encode() + b"\n"
    number = 0
    while True:
        yield standard_line(number) + filler * 99
        number += 1


def write_compressed(path: Path, size_bytes: int) -> None:
    """A compressed recording of that many bytes when uncompressed."""
    written = 0
    with gzip.open(path, "wb", compresslevel=1) as file:
        for block in long_lines():
            if written >= size_bytes:
                return
            written += file.write(block)


def peak_kb(path: Path) -> int:
    """Peak memory of a process that replays the recording."""
    command = [sys.executable, "-m", "benchmarks.bench_replay", "--peak", str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def memory_rows(folder: Path, large_bytes: int) -> list[Row]:
    """Peak memory on a small and on a large recording."""
    small, large = folder / "small.jsonl.gz", folder / "large.jsonl.gz"
    write_compressed(small, SMALL_BYTES)
    write_compressed(large, large_bytes)
    small_kb, large_kb = peak_kb(small), peak_kb(large)
    return [
        Row(
            f"peak memory on {large_bytes / 1e9:g} GB",
            f"{large_kb / 1024:.1f} MB",
            f"on {SMALL_BYTES / 1e9:g} GB {small_kb / 1024:.1f} MB",
            f"{large_kb / small_kb:.2f}",
            "flat (within 1.1)",
            large_kb / small_kb < 1.1,
        )
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached.

    `--bytes N` sets the size of the large recording.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--peak"]:
        replay_recording(Path(arguments[1]), settings())
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return 0
    large_bytes = LARGE_BYTES
    if "--bytes" in arguments:
        place = arguments.index("--bytes")
        large_bytes = int(arguments[place + 1])
        del arguments[place : place + 2]
    path = json_path(__doc__ or "", arguments)
    with tempfile.TemporaryDirectory() as name:
        rows = speed_rows(Path(name)) + memory_rows(Path(name), large_bytes)
    return report("Replay", rows, path)


if __name__ == "__main__":
    raise SystemExit(main())
