"""What the ledger costs a frame: when nothing changes, when a value changes every second, and when an event fires."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.alternate import alternate, ratio
from benchmarks.table import Row, json_path, report
from securos_trigger import Condition, TriggerSecurOSEvent
from securos_trigger.ledger import Asked, Journal, Ledger, LedgerFiles, LedgerReading, NodeLedger, answer
from securos_trigger.model import Address, Moment
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

BARS_US = {"every path present": 2.0, "a path missing": 3.0}

#: Takes one frame.
Take = Callable[[dict[str, Any], Moment], object]


def nothing(_metadata: dict[str, Any], _moment: Moment) -> None:
    """The empty function of the comparison."""


def new_node() -> TriggerSecurOSEvent:
    """A node with the standard condition."""
    return TriggerSecurOSEvent(
        iss_ip="vms.example", iss_password="token", event_source="custom", trigger=CONDITION, event_name="x"
    )


def with_ledger(ledger: Ledger) -> Take:
    """What the host does with a frame: the decision, and its note in the ledger."""
    node, node_ledger = new_node(), ledger.node(ADDRESS, Condition(CONDITION))

    def take(metadata: dict[str, Any], moment: Moment) -> None:
        node_ledger.note(node.decide(metadata, moment), metadata, moment)

    return take


def frame_us(take: Take, metadata: dict[str, Any]) -> float:
    """Microseconds of one frame, over a run of frames (each run begins with a step back in media time)."""
    began_at_s = time.thread_time()
    for at, captured_at in TIMES:
        take(metadata, Moment(at, captured_at))
    return (time.thread_time() - began_at_s) / FRAMES * 1e6


def frame_rows(folder: Path) -> list[Row]:
    """A frame that does not fire: node and ledger, the node alone, and an empty call, in turn."""
    rows = []
    for title, metadata in {"every path present": QUIET, "a path missing": MISSING}.items():
        with closing(_ledger(folder / f"{len(title)}.jsonl")) as ledger:
            samples = alternate(
                {
                    "both": partial(frame_us, with_ledger(ledger), metadata),
                    "node": partial(frame_us, new_node().decide, metadata),
                    "empty": partial(frame_us, nothing, metadata),
                },
                ROUNDS,
            )
        both_us, empty_us = median(samples["both"]), median(samples["empty"])
        more_us = median(one - other for one, other in zip(samples["both"], samples["node"], strict=True))
        rows += [
            Row(
                f"node and ledger, nothing changes, {title}",
                f"{both_us:.2f} us",
                f"an empty call {empty_us:.2f} us",
                f"{ratio(samples, 'both', 'empty'):.1f}",
                f"under {BARS_US[title]:.1f} us",
                both_us < BARS_US[title],
            ),
            Row(
                f"the ledger's part of it, {title}",
                f"{more_us:.2f} us",
                f"node alone {median(samples['node']):.2f} us",
                f"{ratio(samples, 'both', 'node'):.2f}",
                "",
                True,
            ),
        ]
    return rows


def reading_row(folder: Path) -> Row:
    """`explain` over full files, by the processor's time: the machine is shared."""
    path = folder / "full.jsonl"
    with closing(_ledger(path)) as ledger:
        _fill(ledger.node(ADDRESS, Condition(CONDITION)))
    size_mb = path.stat().st_size / 1e6
    began_at_s = time.process_time()
    middle_s = BEGAN.timestamp() + FRAMES / FRAMES_PER_S / 2
    found = answer(LedgerReading(path), Asked(middle_s, middle_s + 60))
    took_s = time.process_time() - began_at_s
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


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    path = json_path(__doc__ or "", argv)
    with tempfile.TemporaryDirectory() as folder:
        rows = [*frame_rows(Path(folder)), reading_row(Path(folder))]
    return report("The ledger", rows, path)


if __name__ == "__main__":
    raise SystemExit(main())
