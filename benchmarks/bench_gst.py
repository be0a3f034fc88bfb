"""What the GStreamer element costs: time added to a buffer, frames/s of a line that decodes, latency of a live source.

The other sides are `identity` and an element in Python that does nothing. Needs GStreamer (docs/gstreamer.md); the
pipelines run in processes of their own, `python -m benchmarks.gst_lines`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.alternate import alternate, ratio
from benchmarks.table import Row, json_path, report
from securos_trigger.vms.simulator import Simulator
from tests.gstreamer import environment, why_missing

ROUNDS = 5
SPEED_ROUNDS = 6
MOST_ADDED_US = 15.0
LEAST_SPEED = 0.97
MOST_LATER_MS = 5.0


def line(name: str, **arguments: Any) -> Any:
    """What a line of `benchmarks.gst_lines` has measured."""
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.gst_lines", name, json.dumps(arguments)],
        cwd=Path(__file__).parents[1],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return json.loads(ran.stdout)


def buffer_rows(folder: Path) -> list[Row]:
    """Processor time for each buffer of 16 x 16 pixels, the whole line."""
    ours = partial(line, "buffer_us", folder=str(folder))
    sides: dict[str, Callable[[], float]] = {
        "empty": lambda: float(ours(element="empty")),
        "identity": lambda: float(ours(element="identity")),
        "ours": lambda: float(ours(element="securostrigger")),
        "empty, 10 boxes": lambda: float(ours(element="empty", boxes=10)),
        "ours, 10 boxes": lambda: float(ours(element="securostrigger", boxes=10)),
    }
    samples = alternate(sides, ROUNDS)

    def row(measure: str, one: str, other: str, bar_us: float | None = None) -> Row:
        added = median(a - b for a, b in zip(samples[one], samples[other], strict=True))
        bar = "" if bar_us is None else f"at most {bar_us:g} µs more"
        shown = f"{median(samples[one]):.1f} µs", f"{median(samples[other]):.1f} µs"
        return Row(measure, *shown, f"{added:+.1f} µs", bar, bar_us is None or added <= bar_us)

    return [
        row("a buffer without metadata, against an empty element in Python", "ours", "empty", MOST_ADDED_US),
        row("a buffer without metadata, against identity", "ours", "identity"),
        row("a buffer with 10 boxes, against an empty element in Python", "ours, 10 boxes", "empty, 10 boxes"),
    ]


def speed_row(folder: Path) -> Row:
    """Frames/s of a file in 720p that is decoded."""
    video = folder / "video.mkv"
    line("write_video", path=str(video))
    samples = line("frames_per_s", video=str(video), folder=str(folder), rounds=SPEED_ROUNDS)
    found = ratio(samples, "ours", "without")
    shown = f"{median(samples['ours']):.0f} frames/s", f"{median(samples['without']):.0f} frames/s"
    return Row("decoding H.264 in 720p", *shown, f"{found:.3f}", f"at least {LEAST_SPEED}", found >= LEAST_SPEED)


def latency_row(folder: Path) -> Row:
    """From a live source of 60 frames/s to the sink, p99, while 100 events a second are delivered."""
    with Simulator(["1"], scheme="http") as simulator:
        receiver = {"port": simulator.receiver_port, "token": simulator.token, "folder": str(folder)}
        sides: dict[str, Callable[[], float]] = {
            "ours": lambda: float(line("latency_p99_ms", has_element=True, **receiver)),
            "without": lambda: float(line("latency_p99_ms", has_element=False, **receiver)),
        }
        samples = alternate(sides, 3, warm_up=0)
    later = median(samples["ours"]) - median(samples["without"])
    shown = f"{median(samples['ours']):.2f} ms", f"{median(samples['without']):.2f} ms"
    bar = f"at most {MOST_LATER_MS:g} ms more"
    return Row(
        "a live source of 60 frames/s with 100 events/s, p99", *shown, f"{later:+.2f} ms", bar, later <= MOST_LATER_MS
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the JSON file. 1: a bar was missed."""
    path = json_path(__doc__ or "", argv)
    if problem := why_missing():
        print(problem)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = [*buffer_rows(Path(folder)), speed_row(Path(folder)), latency_row(Path(folder))]
    return report("The GStreamer element", rows, path)


if __name__ == "__main__":
    raise SystemExit(main())
