"""What the outbox costs: handing an event over on the calling thread, and the time until it is durable.

python benchmarks/bench_outbox.py [--events N] [--backlog N] [--folder DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from securos_trigger.model import Action, Event
from securos_trigger.observers import Announcer
from securos_trigger.outbox import Done, Outbox, State

TARGET = "https://vms.example:3443"
CAMERAS = 16


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print a table, and write JSON when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2000, help="events of each measurement")
    parser.add_argument("--backlog", type=int, default=100_000, help="events that wait in the second half")
    parser.add_argument("--folder", type=Path, help="where the file is put: the disk to be measured")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = measured(Path(folder) / "outbox.db", options.events, options.backlog)
    for name, value in figures.items():
        print(f"{name:46} {value:12,.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def measured(path: Path, events: int, backlog: int) -> dict[str, float]:
    """All figures, by name with unit: with an empty outbox, then with a backlog."""
    figures: dict[str, float] = {}
    clock = Clock()
    outbox = Outbox(path, announcer=Announcer(), on_kept=clock.note_kept, queue_limit=backlog + events)
    for name, waiting in (("empty", 0), (f"{backlog:,} waiting", backlog)):
        fill(outbox, waiting)
        figures |= {f"{name}: {figure}": value for figure, value in one_by_one(outbox, clock, events).items()}
        figures[f"{name}: burst, durable events/s"] = burst(outbox, events)
        figures[f"{name}: claimed and settled/s"] = drained(outbox, events)
    outbox.close(60)
    return figures


class Clock:
    """Notes when events were kept."""

    def __init__(self) -> None:
        self.kept_at_s = 0.0
        self.is_kept = threading.Event()

    def note_kept(self, _event: Event) -> None:
        self.kept_at_s = time.perf_counter()
        self.is_kept.set()


def one_by_one(outbox: Outbox, clock: Clock, number: int) -> dict[str, float]:
    """Events that come apart, as from a camera: each is durable before the next."""
    hand_over_us: list[float] = []
    durable_ms: list[float] = []
    for event in new_events(number):
        clock.is_kept.clear()
        began_at_s = time.perf_counter()
        outbox.put(event, TARGET)
        hand_over_us.append((time.perf_counter() - began_at_s) * 1e6)
        clock.is_kept.wait(10)
        durable_ms.append((clock.kept_at_s - began_at_s) * 1e3)
    return {
        "put() p50, us": statistics.median(hand_over_us),
        "put() p99, us": percentile_99(hand_over_us),
        "durable p50, ms": statistics.median(durable_ms),
        "durable p99, ms": percentile_99(durable_ms),
    }


def burst(outbox: Outbox, number: int) -> float:
    """Events a second when they come as fast as they can be put."""
    events = new_events(number)
    began_at_s = time.perf_counter()
    for event in events:
        assert outbox.put(event, TARGET)
    outbox.flush(60)
    return number / (time.perf_counter() - began_at_s)


def drained(outbox: Outbox, number: int) -> float:
    """Deliveries a second that are claimed and settled, without any network."""
    done = 0
    began_at_s = time.perf_counter()
    while done < number:
        for delivery in outbox.claim(TARGET, CAMERAS).result(60):
            outbox.settle(delivery, Done())
            done += 1
    outbox.flush(60)
    return done / (time.perf_counter() - began_at_s)


def fill(outbox: Outbox, number: int) -> None:
    """Let events wait."""
    missing = max(0, number - outbox.counts()[State.WAITING])
    for event in new_events(missing):
        assert outbox.put(event, TARGET)
    assert outbox.flush(600)


def new_events(number: int) -> list[Event]:
    """Events of several cameras with texts of usual length."""
    return [
        Event(
            event_id=str(uuid.uuid4()),
            node_id="trigger1",
            deployment_id="lobby",
            name="Person in the lobby",
            description="2 people in zone entrance, 14:03:22",
            camera_ids=(str(index % CAMERAS),),
            action=Action.EVENT_AND_RECORD,
            record_duration_s=5,
            at=index / 10,
            captured_at=datetime.now(UTC),
        )
        for index in range(number)
    ]


def percentile_99(values: list[float]) -> float:
    """The value below which 99 of 100 lie."""
    return sorted(values)[int(len(values) * 0.99)]


if __name__ == "__main__":
    sys.exit(main())
