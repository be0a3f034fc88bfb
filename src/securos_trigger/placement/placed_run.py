"""Runs one pipeline on this machine while it holds the lease, and relays meanwhile what its outbox holds."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final

from securos_trigger.config.settings import Settings
from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.notices.notice_log import NoticeLog
from securos_trigger.placement.place import Place, placed_settings
from securos_trigger.placement.state_file import ENDED, MOVED, RUNS, STARTS, WAITS, write_state
from securos_trigger.placement.state_reports import StateReports, TroublesNow
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.remains import Remains
from securos_trigger.runtime.run import FrameTimes, Placed, run_until_stopped
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.reasons import reason_of

#: A pipeline that has been busy with one frame for this long hangs: its process ends and is started again.
HANGS_AFTER_S: Final = 60.0
#: Exit code of a process whose pipeline hung.
HUNG: Final = 70

#: A keeper gives the outbox up within this time.
GIVEN_UP_WITHIN_S: Final = 20.0

_LOOK_EVERY_S: Final = 0.05
_OPEN_EVERY_S: Final = 0.25

_log = logging.getLogger("securos_trigger")


def run_placed(settings: Settings, place: Place, troubles_now: TroublesNow) -> int:
    """Wait for the lease, then run the pipeline until its source ends or a signal comes; give the exit code of `run`.

    The cluster hears meanwhile how it is, by `troubles_now`.
    `MOVED`: another machine has taken it over. OutboxError: the folder or the outbox cannot be used; another process
    that uses it for long is a pipeline of this name on this machine.
    """
    try:
        own, owner = placed_settings(settings, place), place.owner()
    except OSError as error:
        raise OutboxError(f"The folder {place.folder} cannot be used: {reason_of(error)}.") from error
    relay = own.relay
    assert relay is not None
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        log = NoticeLog()
        stack.callback(log.close)
        announcer = Announcer([log])
        lease = PipelineLease(relay, owner, announcer)
        stack.callback(lease.close)
        remains = _opened(lambda: Remains(place.outbox, relay, lease, announcer), place, stop)
        if remains is None or not _has_got_the_lease(remains, place, lease, stop):
            return 0
        watch = PipelineWatch(place, lease.note_watching)
        with StateReports(place, lease, troubles_now, announcer) as reports:
            code = run_until_stopped(own, Placed(lease, stop, watch.look, partial(write_state, place, ENDED)))
            reports.note_end(code)
        return MOVED if lease.is_moved else code


def _opened(open_remains: Callable[[], Remains], place: Place, stop: threading.Event) -> Remains | None:
    """Open the outbox. None: a signal came first. OutboxOwnedError: another process does not give it up.

    The keeper may have it. It gives it up when it sees that something new is written down here; so this is written
    again until it has: the keeper may have looked for the first time after the first writing.
    """
    give_up_at_ticks = time.monotonic() + GIVEN_UP_WITHIN_S
    while True:
        write_state(place, WAITS)
        try:
            return open_remains()
        except OutboxOwnedError:
            if time.monotonic() >= give_up_at_ticks:
                raise
        if stop.wait(_OPEN_EVERY_S):
            return None


def _has_got_the_lease(remains: Remains, place: Place, lease: PipelineLease, stop: threading.Event) -> bool:
    """Wait for the lease. False: a signal came first, or while the outbox was closed.

    The outbox is opened first: only one process of this machine may ask for the lease.
    """
    with remains:
        lease.start()
        while not stop.wait(_LOOK_EVERY_S) and not lease.held.is_set():
            pass
        if not stop.is_set():
            write_state(place, STARTS)  # before the outbox is closed and opened again: the keeper keeps away
    return not stop.is_set()


class PipelineWatch:
    """Writes down that a pipeline runs, notes its first frame, and ends the process when the pipeline hangs.

    A thread that hangs cannot be ended alone. The outbox is as after a power cut: what was kept is kept.
    `note_watching` gets the time of the first frame in Unix seconds, as soon as it is processed.
    """

    def __init__(
        self,
        place: Place,
        note_watching: Callable[[float], None],
        ticks: Callable[[], float] = time.monotonic,
        end: Callable[[int], object] = os._exit,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = place
        self._note_watching: Callable[[float], None] | None = note_watching
        self._ticks = ticks
        self._end = end
        self._clock = clock
        self._looked_at_s = clock()
        self._first_began_at_ticks: float | None = None
        self._is_written = False

    def look(self, pipelines: Sequence[FrameTimes]) -> None:
        """Look at each pipeline of this process; there is none yet just before the first frame can come."""
        if pipelines and not self._is_written:
            self._is_written = True
            write_state(self._place, RUNS)
        if self._note_watching is not None and any(self._has_processed(one) for one in pipelines):
            # When it was not so yet: what was fired at this frame was kept later.
            self._note_watching(self._looked_at_s)
            self._note_watching = None
        self._looked_at_s = self._clock()
        began = [one.walking_since_at_ticks for one in pipelines]
        if any(at_ticks is not None and self._ticks() - at_ticks >= HANGS_AFTER_S for at_ticks in began):
            name = self._place.pipeline
            _log.error("The pipeline %s has been busy with one frame for %g s: it starts again.", name, HANGS_AFTER_S)
            self._end(HUNG)

    def _has_processed(self, pipeline: FrameTimes) -> bool:
        """True when a frame has come, and the steps of the pipeline are no longer busy with the first one."""
        began_at_ticks = pipeline.walking_since_at_ticks
        if began_at_ticks is None:
            return pipeline.last_at_ticks is not None
        self._first_began_at_ticks = self._first_began_at_ticks or began_at_ticks
        return began_at_ticks != self._first_began_at_ticks
