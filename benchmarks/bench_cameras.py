"""Many cameras in one process, metadata only: what a thousand trigger nodes cost at 10 frames a second each.

python -m benchmarks.bench_cameras [--seconds N] [--rounds N] [--json FILE]

Everything is as in `securos-trigger run`: one outbox, one courier, a ledger on disk, log lines; the receiver is the
real one, in the simulator. The frames come in real time. Each has ten objects and three nodes, and once a minute of its
own each camera sees something cross the line, and fires. Between, the number of objects in a zone, which the condition
reads, changes every 0.7 s (busy) or every 10 s (quiet): the ledger writes down such a change. CPU time is that of the
whole process, the benchmark's loop among it; the other side is the same loop with an empty function.
"""

from __future__ import annotations

import argparse
import gc
import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, cast

from benchmarks.table import Row, report
from securos_trigger import TriggerSecurOSEvent
from securos_trigger.config.settings import LedgerSettings, OutboxSettings
from securos_trigger.model import Reason
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.outbox import State
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.open_ledger import open_ledger
from securos_trigger.runtime.pipelines import SWITCH_INTERVAL_S
from securos_trigger.trigger.context import Context
from securos_trigger.vms.simulator import Simulator

CAMERAS = (100, 300, 1_000)
FRAMES_PER_S = 10
TICKS_PER_S = 100
FRAMES = 600  # a minute of one camera
BUSY, QUIET = 7, 100  # frames between two changes of what the condition reads
SHARE_BARS = {"busy": 0.25, "quiet": 0.15}
LINEAR_BAR = 1.2
CONDITION = (
    "nodes.annotate_line_counter1.lines.line1.total_objects_crossed_delta > 0 "
    "and nodes.annotate_presence1.rois.fullframe.current_objects_count >= 2"
)

#: What is done with one frame: its metadata and its media time.
Take = Callable[[dict[str, Any], float], object]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn took. `share` is of one core, `late_s` how far the loop fell behind at worst."""

    share: float
    frame_us: float
    late_s: float
    fired: int
    node_kb: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10, help="length of each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each number of cameras")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    sys.setswitchinterval(SWITCH_INTERVAL_S)  # as `securos-trigger run` does
    turns: dict[int, list[Turn]] = {number: [] for number in CAMERAS}
    quiet: list[Turn] = []
    empty: list[Turn] = []
    with _logged(), Simulator([str(number) for number in range(max(CAMERAS))]) as simulator:
        for _ in range(options.rounds):
            for number in reversed(CAMERAS):  # the largest first: the memory of its nodes is new then
                turns[number].append(turn(simulator, number, options.seconds, BUSY))
            quiet.append(turn(simulator, max(CAMERAS), options.seconds, QUIET))
            empty.append(walk([nothing] * max(CAMERAS), options.seconds, BUSY))
    rows = rows_of(turns, quiet, empty)
    return report(f"Many cameras, {FRAMES_PER_S} frames/s each", rows, options.json)


def rows_of(turns: dict[int, list[Turn]], quiet: list[Turn], empty: list[Turn]) -> list[Row]:
    """The table."""
    most = max(turns)
    loop = f"the loop alone {median(one.share for one in empty):.1%}"
    shares = {scene: median(one.share for one in side) for scene, side in (("busy", turns[most]), ("quiet", quiet))}
    frame_us = {number: median(one.frame_us for one in side) for number, side in turns.items()}
    growth = frame_us[most] / min(value for number, value in frame_us.items() if number != most)
    fewer = ", ".join(f"{number}: {value:.1f} us" for number, value in frame_us.items() if number != most)
    linear_bar = f"grows to {LINEAR_BAR:g} x at most"
    late_s = max(one.late_s for one in turns[most])
    return [
        *(
            Row(
                f"CPU with {most:,} cameras, {scene}",
                f"{share:.1%} of a core",
                loop,
                "",
                f"under {SHARE_BARS[scene]:.0%}",
                share < SHARE_BARS[scene],
            )
            for scene, share in shares.items()
        ),
        Row(
            f"CPU of a frame, {most:,} cameras",
            f"{frame_us[most]:.1f} us",
            fewer,
            f"{growth:.2f}",
            linear_bar,
            growth <= LINEAR_BAR,
        ),
        Row("events that fired, all delivered", f"{sum(one.fired for one in turns[most]):,}", "", "", "", True),
        Row("the longest that the loop fell behind", f"{late_s:.3f} s", "", "", "", True),
        Row("resident memory of a node", f"{turns[most][0].node_kb:.0f} kB", "", "", "", True),
    ]


@contextmanager
def _logged() -> Iterator[None]:
    """Log lines are written as `securos-trigger run` writes them, but to a file."""
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        handler = logging.StreamHandler(file)
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)


def turn(simulator: Simulator, cameras: int, seconds: int, frames_apart: int) -> Turn:
    """So many cameras for so long. Everything that fired must have been delivered."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        outbox = OutboxSettings(path=Path(name) / "outbox.sqlite")
        ledger = stack.enter_context(open_ledger(LedgerSettings(), outbox.path, Announcer([log_notice])))
        dispatch = stack.enter_context(Dispatch(outbox, Announcer([log_notice, ledger.observe]), ledger))
        gc.collect()
        before_kb = _resident_kb()
        nodes = [_node(dispatch, simulator, number) for number in range(cameras)]
        node_kb = (_resident_kb() - before_kb) / cameras
        dispatch.start()
        gc.freeze()  # as `securos-trigger run` does
        walked = walk([node.process for node in nodes], seconds, frames_apart)
        gc.unfreeze()
        assert dispatch.drain(30)
        fired = sum(node.node.decisions[Reason.FIRED] for node in nodes)
        assert dispatch.counts()[State.DELIVERED] == fired > 0, dispatch.counts()
        assert ledger.dropped == 0
    return Turn(walked.share, walked.frame_us, walked.late_s, fired, node_kb)


def _node(dispatch: Dispatch, simulator: Simulator, number: int) -> LiveNode:
    """The trigger node of one camera, in a pipeline of its own."""
    properties = TriggerSecurOSEvent(
        **cast(dict[str, Any], simulator.settings()),
        event_source="custom",
        trigger=CONDITION,
        interval=10.0,
        event_name="Line crossed",
        event_description="{{ objects|length }} objects at {{ frame_time.strftime('%H:%M:%S') }}",
        iss_camera_ids=str(number),
    ).properties
    return dispatch.add(properties, Context(node_id="trigger1"), f"camera{number}")


def walk(takes: Sequence[Take], seconds: int, frames_apart: int) -> Turn:
    """Walk frames through all nodes in real time: each tick the frames of a tenth of the cameras."""
    frames = minute_of_frames(frames_apart)
    chance = random.Random(1)
    cameras = [(take, chance.randrange(FRAMES)) for take in takes]
    groups = [cameras[first :: TICKS_PER_S // FRAMES_PER_S] for first in range(TICKS_PER_S // FRAMES_PER_S)]
    late_s = 0.0
    gc.collect()
    began_at_s, began_cpu_s = time.perf_counter(), time.process_time()
    for tick in range(seconds * TICKS_PER_S):
        wait_s = began_at_s + tick / TICKS_PER_S - time.perf_counter()
        if wait_s > 0:
            time.sleep(wait_s)
        late_s = max(late_s, -wait_s)
        number, group = divmod(tick, len(groups))
        at = tick / TICKS_PER_S
        for take, offset in groups[group]:
            take(frames[(number + offset) % FRAMES], at)
    cpu_s = time.process_time() - began_cpu_s
    return Turn(cpu_s / seconds, cpu_s / (seconds * FRAMES_PER_S * len(takes)) * 1e6, late_s, 0, 0.0)


def nothing(_metadata: dict[str, Any], _at: float) -> None:
    """The empty function of the comparison."""


def minute_of_frames(frames_apart: int) -> list[dict[str, Any]]:
    """The metadata of a minute of one camera, with so many frames between two changes of what is in the zone.

    On one frame something crosses the line while two are in the zone.
    """
    chance = random.Random(2)
    frames = []
    present, crossed = 1, 0
    for number in range(FRAMES):
        if number % frames_apart == 0:
            present = min(6, max(0, present + chance.choice((-1, 1))))
        crosses = number == FRAMES // 2
        crossed += crosses
        zone = {"current_objects_count": max(present, 2) if crosses else present, "objects_entered_delta": 0}
        line = {"total_objects_crossed_delta": int(crosses), "total_objects_crossed": crossed}
        frames.append(
            {
                "objects": [_object(one, chance) for one in range(10)],
                "nodes": {
                    "annotate_line_counter1": {"lines": {"line1": line}},
                    "annotate_presence1": {"rois": {"fullframe": zone}},
                    "annotate_motion1": {"rois": {"fullframe": {"motion": present > 0}}},
                },
            }
        )
    return frames


def _object(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "id": number + 1,
        "label": "person" if number % 3 else "car",
        "class_id": number % 3,
        "probability": round(chance.uniform(0.5, 1.0), 4),
        "rect": {"left": chance.uniform(0, 1800), "top": chance.uniform(0, 1000), "width": 43.5, "height": 90.4},
        "attributes": [],
    }


def _resident_kb() -> int:
    """The memory of this process that is in use."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


if __name__ == "__main__":
    raise SystemExit(main())
