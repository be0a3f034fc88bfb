"""Runs one pipeline on this machine while it holds the lease, and relays meanwhile what its outbox holds."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.settings import Settings
from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer
from securos_trigger.notices.notice_log import NoticeLog
from securos_trigger.placement.place import Place, placed_settings
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.remains import Remains
from securos_trigger.runtime.run import Placed, run_until_stopped
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.files import write_whole
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339

#: Exit code of a process whose pipeline runs on another machine now: it is to be started again, and waits then.
MOVED: Final = 75
WAITS: Final = "waits"
#: It holds the lease, and opens models and the source.
STARTS: Final = "starts"
RUNS: Final = "runs"
#: Its source has come to its end: it is not started again. A process that a signal ends does not write it.
ENDED: Final = "ended"

#: A pipeline that has been busy with one frame for this long hangs: its process ends and is started again.
HANGS_AFTER_S: Final = 60.0
#: Exit code of a process whose pipeline hung.
HUNG: Final = 70

_LOOK_EVERY_S: Final = 0.05

_log = logging.getLogger("securos_trigger")


def run_placed(settings: Settings, place: Place) -> int:
    """Wait for the lease, then run the pipeline until its source ends or a signal comes; give the exit code.

    `MOVED`: another machine has taken it over. OutboxError: the folder or the outbox cannot be used; another process
    that uses it is a pipeline of this name on this machine.
    """
    own = placed_settings(settings, place)
    try:
        owner = place.owner()
    except OSError as error:
        raise OutboxError(f"The folder {place.folder} cannot be used: {reason_of(error)}.") from error
    assert own.relay is not None
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        log = NoticeLog()
        stack.callback(log.close)
        announcer = Announcer([log])
        lease = PipelineLease(own.relay, owner, announcer)
        stack.callback(lease.close)
        if not _has_got_the_lease(own, place, lease, announcer, stop):
            return 0
        write_state(place, STARTS)
        code = run_until_stopped(own, Placed(lease, stop, PipelineWatch(place).look))
        if code == 0 and not stop.is_set():
            write_state(place, ENDED)
        return MOVED if lease.is_moved else code


def _has_got_the_lease(
    own: Settings, place: Place, lease: PipelineLease, announcer: Announcer, stop: threading.Event
) -> bool:
    """Wait for the lease. False: a signal came first, or while the outbox was closed.

    The outbox is opened first: only one process of this machine may ask for the lease.
    """
    assert own.relay is not None
    write_state(place, WAITS)
    with Remains(place.outbox, own.relay, lease, announcer):
        lease.start()
        while not stop.wait(_LOOK_EVERY_S) and not lease.held.is_set():
            pass
    return not stop.is_set()


class PipelineWatch:
    """Writes down that a pipeline runs, as soon as it does, and ends the process when it hangs.

    A thread that hangs cannot be ended alone. The outbox is as after a power cut: what was kept is kept.
    """

    def __init__(
        self, place: Place, ticks: Callable[[], float] = time.monotonic, end: Callable[[int], object] = os._exit
    ) -> None:
        self._place = place
        self._ticks = ticks
        self._end = end
        self._is_written = False

    def look(self, began: Sequence[float | None]) -> None:
        """Look since when each pipeline of this process is busy with its frame; None: it waits for one."""
        if began and not self._is_written:
            self._is_written = True
            write_state(self._place, RUNS)
        if any(at_ticks is not None and self._ticks() - at_ticks >= HANGS_AFTER_S for at_ticks in began):
            name = self._place.pipeline
            _log.error("The pipeline %s has been busy with one frame for %g s: it starts again.", name, HANGS_AFTER_S)
            self._end(HUNG)


def write_state(place: Place, state: str) -> None:
    """Write down what the process does now, for those who ask after it on this machine.

    A disk that is full is no reason to watch nothing: it is logged.
    """
    content = {"state": state, "since": rfc3339(time.time()), "pid": os.getpid()}
    try:
        write_whole(_state_file(place.folder), json.dumps(content))
    except OSError as error:
        _log.warning("The state of %s cannot be written down: %s.", place.pipeline, reason_of(error))


def state_in(folder: Path) -> dict[str, Any]:
    """What the process of a place wrote down last; empty when there was none."""
    try:
        found = json.loads(_state_file(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _state_file(folder: Path) -> Path:
    return folder / "state.json"
