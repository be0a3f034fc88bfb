"""What a backlog costs the outbox: a million events that wait against a thousand, on the disk of `--folder`.

python -m benchmarks.bench_outbox [--backlog N] [--events N] [--rounds N] [--folder DIR] [--json FILE]

Both outboxes are open in one process and take turns. Each event is durable before the next one is put, as from cameras
that fire now and then; what was put is claimed and settled again, so that the backlog stays as large as it is. Memory
is that of processes that only open the file and do one turn; the filling is not in it. The backlog is written with the
outbox's own statements, 10,000 events to a transaction.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from benchmarks.table import Row, show, write
from securos_trigger.model import Action, Event
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Done, Outbox, State
from securos_trigger.outbox.store import Store

TARGET = "https://vms.example:3443"
CAMERAS = 16
FEW = 1_000
FILL_GROUP = 10_000
START_TURNS = 5
#: The limit of the turn's slower side, as a multiple of the other one.
BAR = 1.2
COMMAND_BAR_S = 0.3
MEMORY_BAR_MB = 50

#: What was measured in one turn, by name.
Figures = dict[str, float]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backlog", type=int, default=1_000_000, help="events that wait in the large outbox")
    parser.add_argument("--events", type=int, default=500, help="events of each turn")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each side")
    parser.add_argument("--folder", type=Path, help="where the files are put: the disk to be measured")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--hold", type=Path, help=argparse.SUPPRESS)  # a process of the memory rows
    options = parser.parse_args(argv)
    if options.hold is not None:
        print(json.dumps(held(options.hold, options.events)))
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        large, small = Path(folder) / "large.sqlite", Path(folder) / "small.sqlite"
        filled_per_s = fill(large, options.backlog)
        fill(small, FEW)
        rows = [
            *work_rows(large, small, options.events, options.rounds),
            *memory_rows(large, small, options.events),
            start_row(large, small),
            *command_rows(large, small),
        ]
    show(
        f"The outbox: {options.backlog:,} events wait, against {FEW:,} (filled with {filled_per_s:,.0f} a second)", rows
    )
    write(options.json, rows)
    return 0 if all(row.is_reached for row in rows) else 1


# -- put, durable, claim and settle


def work_rows(large: Path, small: Path, events: int, rounds: int) -> list[Row]:
    """The outbox at work. The first round warms up and does not count."""
    turns: dict[Path, list[Figures]] = {large: [], small: []}
    with ExitStack() as stack:
        sides = {path: stack.enter_context(opened(path)) for path in turns}
        for number in range(rounds + 1):
            for path in (large, small) if number % 2 else (small, large):
                turns[path].append(turn(*sides[path], events))
    pairs = list(zip(turns[large][1:], turns[small][1:], strict=True))
    return [
        _row(pairs, "put p50", "us", 0),
        _row(pairs, "put p99", "us", 0),
        _row(pairs, "durable p50", "ms", 2),
        _row(pairs, "durable p99", "ms", 2),
        _row(pairs, "claimed and settled", "us each", 0),
        replace(_row(pairs, "put in a burst, durable", "us each", 0), bar="", is_reached=True),
    ]


def _row(pairs: Sequence[tuple[Figures, Figures]], name: str, unit: str, digits: int) -> Row:
    """Medians of a time over the rounds, and of its ratio."""
    ratio = median(large[name] / small[name] for large, small in pairs)
    return Row(
        name,
        f"{median(large[name] for large, _ in pairs):,.{digits}f} {unit}",
        f"{median(small[name] for _, small in pairs):,.{digits}f} {unit}",
        f"{ratio:.2f}",
        f"<= {BAR:g}",
        ratio <= BAR,
    )


class Clock:
    """Notes when events were kept."""

    def __init__(self) -> None:
        self.kept_at_s = 0.0
        self.is_kept = threading.Event()

    def note_kept(self, _event: Event) -> None:
        self.kept_at_s = time.perf_counter()
        self.is_kept.set()


@contextmanager
def opened(path: Path) -> Iterator[tuple[Outbox, Clock]]:
    """An open outbox that tells the clock what it has kept."""
    clock = Clock()
    with closing(Outbox(path, announcer=Announcer(), on_kept=clock.note_kept)) as outbox:
        yield outbox, clock


def turn(outbox: Outbox, clock: Clock, events: int) -> Figures:
    """Put so many events one by one and so many in a burst, and take as many out again."""
    waiting = outbox.counts()[State.WAITING]
    figures = one_by_one(outbox, clock, events)
    figures["put in a burst, durable"] = burst(outbox, events) / events * 1e6
    figures["claimed and settled"] = drained(outbox, 2 * events) / events / 2 * 1e6
    assert outbox.counts()[State.WAITING] == waiting
    return figures


def one_by_one(outbox: Outbox, clock: Clock, number: int) -> Figures:
    """Events that come apart, as from a camera: each is durable before the next."""
    put_us: list[float] = []
    durable_ms: list[float] = []
    for event in new_events(number):
        clock.is_kept.clear()
        began_at_s = time.perf_counter()
        assert outbox.put(event, TARGET)
        put_us.append((time.perf_counter() - began_at_s) * 1e6)
        assert clock.is_kept.wait(10)
        durable_ms.append((clock.kept_at_s - began_at_s) * 1e3)
    return {
        "put p50": median(put_us),
        "put p99": quantiles(put_us, n=100)[98],
        "durable p50": median(durable_ms),
        "durable p99": quantiles(durable_ms, n=100)[98],
    }


def burst(outbox: Outbox, number: int) -> float:
    """Seconds until so many events are durable that are put as fast as can be."""
    events = new_events(number)
    began_at_s = time.perf_counter()
    for event in events:
        assert outbox.put(event, TARGET)
    assert outbox.flush(60)
    return time.perf_counter() - began_at_s


def drained(outbox: Outbox, number: int) -> float:
    """Seconds in which so many deliveries are claimed and settled, without any network."""
    done = 0
    began_at_s = time.perf_counter()
    while done < number:
        deliveries = outbox.claim(TARGET, min(CAMERAS, number - done)).result(60)
        outbox.settle_all([(delivery, Done()) for delivery in deliveries])
        done += len(deliveries)
    assert outbox.flush(60)
    return time.perf_counter() - began_at_s


# -- memory, the start, and the commands


def memory_rows(large: Path, small: Path, events: int) -> list[Row]:
    """Resident memory of processes that do the same, in turn."""
    turns: dict[Path, list[Figures]] = {large: [], small: []}
    for _ in range(3):
        for path in turns:
            command = [sys.executable, "-m", "benchmarks.bench_outbox", "--hold", str(path), "--events", str(events)]
            turns[path].append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    rows = []
    for moment in ("opened", "after a turn"):
        ours, theirs = (median(one[moment] for one in turns[path]) for path in (large, small))
        rows.append(
            Row(
                f"resident memory, {moment}",
                f"{ours:.1f} MB",
                f"{theirs:.1f} MB",
                f"{ours - theirs:+.1f} MB",
                f"at most {MEMORY_BAR_MB} MB more",
                ours - theirs <= MEMORY_BAR_MB,
            )
        )
    return rows


def held(path: Path, events: int) -> Figures:
    """Resident memory in MB of this process once it has opened the outbox, and when it has worked with it."""
    with opened(path) as (outbox, clock):
        figures = {"opened": resident_mb()}
        turn(outbox, clock, events)
        figures["after a turn"] = resident_mb()
    return figures


def resident_mb() -> float:
    """The memory of this process that is in use."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def start_row(large: Path, small: Path) -> Row:
    """Opening: what was being sent waits again, and the states are counted."""

    def start(path: Path) -> None:
        assert Outbox(path, announcer=Announcer()).close()

    return _times_row("open, count and close", _in_turn(start, large, small))


def command_rows(large: Path, small: Path) -> list[Row]:
    """What a person waits for, with the start of Python."""
    commands = {
        "securos-trigger outbox list": ["list"],
        "the same, --state waiting": ["list", "--state", "waiting"],
        "securos-trigger outbox show 17": ["show", "17"],
    }
    rows = []
    for title, command in commands.items():

        def run(path: Path, command: list[str] = command) -> None:
            whole = [sys.executable, "-m", "securos_trigger", "outbox", *command, "--path", str(path)]
            subprocess.run(whole, check=True, capture_output=True)

        rows.append(_times_row(title, _in_turn(run, large, small), COMMAND_BAR_S))
    return rows


def _in_turn(work: Callable[[Path], None], *paths: Path) -> list[list[float]]:
    """Seconds that the work takes with each file, in each round."""
    times: list[list[float]] = [[] for _ in paths]
    for _ in range(START_TURNS):
        for path, taken_s in zip(paths, times, strict=True):
            began_at_s = time.perf_counter()
            work(path)
            taken_s.append(time.perf_counter() - began_at_s)
    return times


def _times_row(title: str, times: list[list[float]], bar_s: float | None = None) -> Row:
    large, small = (median(taken_s) for taken_s in times)
    bar = "" if bar_s is None else f"within {bar_s} s"
    is_reached = bar_s is None or large <= bar_s
    return Row(title, f"{large:.3f} s", f"{small:.3f} s", f"{large - small:+.3f} s", bar, is_reached)


# -- the backlog


def fill(path: Path, number: int) -> float:
    """Let so many events wait in a new file. Gives how many were written a second."""
    began_at_s = time.perf_counter()
    with closing(Store(path, max_bytes=2 * 1024**3, max_rows=5_000_000)) as store:
        while (missing := number - store.counts[State.WAITING]) > 0:
            with store.transaction():
                for event in new_events(min(missing, FILL_GROUP)):
                    store.put(event, TARGET, time.time())
    return number / (time.perf_counter() - began_at_s)


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


if __name__ == "__main__":
    sys.exit(main())
