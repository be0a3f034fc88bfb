"""A disk that is full, a file that is locked, a file that is damaged: the video goes on, losses are counted.

The node, the outbox and the couriers are joined as in the product; frames come a hundred times a second.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from securos_trigger import Reason, TriggerSecurOSEvent
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.vms.simulator import Simulator
from soak.report import Report

FRAMES_PER_S = 100.0
DISK_BYTES = 8 * 1024**2
DRAIN_LIMIT_S = 120.0
#: How long a slow machine may take until the trouble is logged, and until events are kept again.
NOTICE_LIMIT_S = 60.0
RECOVERY_LIMIT_S = 60.0

#: The writer waits two seconds for a locked file; a frame that waited with it would take as long.
LONGEST_FRAME_S = 1.5


def run(*, is_long: bool, fault_s: float = 0.0) -> Report:
    """Each trouble once, for some seconds, with the file healthy before and after it."""
    fault_s = fault_s or (30.0 if is_long else 3.0)
    figures: dict[str, object] = {"seconds of each trouble": fault_s}
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, trouble in (("full disk", _full), ("locked file", _locked), ("damaged file", _damaged)):
            place = Path(folder, name.replace(" ", "-"))
            place.mkdir()
            if name == "full disk" and os.geteuid() != 0:
                figures[name] = "skipped: mounting a small disk needs root"
                continue
            seen = trouble(place, fault_s)
            figures[name] = str(seen)
            broken += [f"{name}: {sentence}" for sentence in seen.broken_promises()]
    return Report(figures, tuple(broken))


@dataclass(slots=True)
class Seen:
    """What was counted while one trouble came and went.

    `paused` are frames in the pause after a loss, in which a node does not fire. `kept_after` are events kept when the
    trouble had gone; `arrived` the numbers of frames whose events the VMS had, in the order of its log.
    `lost_notice` is what the product must have logged.
    """

    frames: int = 0
    fired: int = 0
    paused: int = 0
    slowest_s: float = 0.0
    kept: int = 0
    not_kept: int = 0
    kept_after: int = 0
    arrived: tuple[int, ...] = ()
    notices: list[str] = field(default_factory=list)
    lost_notice: str = "outbox_failing"
    must_lose: bool = False

    def __str__(self) -> str:
        return (
            f"{self.frames} frames, the slowest {self.slowest_s * 1000:.1f} ms, {self.paused} in a pause "
            f"after a loss; {self.fired} events fired, "
            f"{self.kept} kept, {self.not_kept} counted as not kept; {len(self.arrived)} arrived"
        )

    def broken_promises(self) -> list[str]:
        """What went wrong, each as a sentence."""
        claims = {
            "the trouble was not logged: this run proves nothing": self.lost_notice in self.notices,
            "no event was lost: this run proves nothing": self.not_kept > 0 or not self.must_lose,
            "a frame neither fired nor was in a pause after a loss": self.fired + self.paused == self.frames > 0,
            "there was a pause without a loss": self.not_kept > 0 or not self.paused,
            f"a frame took {self.slowest_s:.2f} s": self.slowest_s < LONGEST_FRAME_S,
            "events are neither kept nor counted as not kept": self.kept + self.not_kept == self.fired,
            f"{self.kept} events were kept, and {len(self.arrived)} arrived": self.kept == len(self.arrived),
            "events arrived twice or out of order": list(self.arrived) == sorted(set(self.arrived)),
            "nothing was kept any more when the trouble had gone": self.kept_after > 0,
        }
        return [sentence for sentence, is_true in claims.items() if not is_true]


def _full(place: Path, fault_s: float) -> Seen:
    """Another program fills the disk to its last byte, and later frees it."""
    with _small_disk(place):

        @contextmanager
        def filled() -> Iterator[None]:
            filler = place / "filler"
            fill(filler)
            yield
            filler.unlink()

        seen = _with_trouble(place, fault_s, filled)
    return replace(seen, must_lose=True)


def _locked(place: Path, fault_s: float) -> Seen:
    """Another program holds the write lock of the file."""

    @contextmanager
    def locked() -> Iterator[None]:
        with closing(sqlite3.connect(place / "outbox.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    return _with_trouble(place, fault_s, locked)


def _damaged(place: Path, fault_s: float) -> Seen:
    """The file is found damaged at the next start: it is set aside, and a new one takes its place."""
    with Simulator(("1",)) as simulator:
        seen = Seen(lost_notice="outbox_set_aside")
        with _node(place, simulator, seen) as (live, dispatch):
            _frames(live, fault_s / 2, seen)
            dispatch.drain(DRAIN_LIMIT_S)
        _scribble(place / "outbox.sqlite")
        with _node(place, simulator, seen) as (live, dispatch):
            _frames(live, fault_s / 2, seen)
            dispatch.drain(DRAIN_LIMIT_S)
            seen.kept_after = dispatch.kept
        seen.arrived = _arrived(simulator)
    return seen


def _with_trouble(place: Path, fault_s: float, trouble: Callable[[], AbstractContextManager[None]]) -> Seen:
    seen = Seen()
    with Simulator(("1",)) as simulator:
        with _node(place, simulator, seen) as (live, dispatch):
            _frames(live, 0.5, seen)
            with trouble():
                _frames(live, fault_s, seen)
                _frames_until(live, lambda: seen.lost_notice in seen.notices, NOTICE_LIMIT_S, seen)
            kept_before = dispatch.kept
            _frames_until(live, lambda: dispatch.kept > kept_before, RECOVERY_LIMIT_S, seen)
            _frames(live, 0.5, seen)
            dispatch.drain(DRAIN_LIMIT_S)
            seen.kept_after = dispatch.kept - kept_before
        seen.arrived = _arrived(simulator)
    return seen


@contextmanager
def _node(place: Path, simulator: Simulator, seen: Seen) -> Iterator[tuple[LiveNode, Dispatch]]:
    """A node that fires on every frame, its outbox in `place`. At the end its counts are added to `seen`."""
    properties: dict[str, Any] = {
        "event_source": "custom",
        "trigger": "nodes.soak1.number >= 0",
        "event_name": "{{ nodes.soak1.number }}",
        "event_description": "x" * 500,
        "iss_camera_ids": "1",
        **simulator.settings(),
    }

    def announced(notice: Notice) -> None:
        seen.notices.append(notice.name)

    bare = TriggerSecurOSEvent(node_id="trigger1", **properties)
    with Dispatch(OutboxSettings(path=place / "outbox.sqlite"), Announcer([announced])) as dispatch:
        live = dispatch.add(bare.properties, bare.context)
        dispatch.start()
        yield live, dispatch
    seen.kept += dispatch.kept
    seen.not_kept += dispatch.not_kept


def _frames(live: LiveNode, seconds: float, seen: Seen) -> None:
    _frames_until(live, lambda: False, seconds, seen)


def _frames_until(live: LiveNode, holds: Callable[[], bool], limit_s: float, seen: Seen) -> None:
    end_at_s = time.monotonic() + limit_s
    while time.monotonic() < end_at_s and not holds():
        began_at_s = time.perf_counter()
        decision = live.process({"nodes": {"soak1": {"number": seen.frames}}})
        seen.slowest_s = max(seen.slowest_s, time.perf_counter() - began_at_s)
        seen.frames += 1
        seen.fired += len(decision.events)
        seen.paused += decision.reason is Reason.PAUSE_AFTER_LOSS
        time.sleep(1 / FRAMES_PER_S)


def _arrived(simulator: Simulator) -> tuple[int, ...]:
    return tuple(int(event["name"]) for event in simulator.events())


def fill(filler: Path) -> None:
    """Write until nothing more goes in."""
    with filler.open("wb", buffering=0) as file:
        for size_bytes in (64 * 1024, 512, 1):
            try:
                while True:
                    file.write(b"x" * size_bytes)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def _scribble(database: Path) -> None:
    """Overwrite the beginning of a file, and leave no other file of the database that could repair it."""
    with database.open("r+b") as file:
        file.write(os.urandom(8192))
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


@contextmanager
def _small_disk(place: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "soak", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)
