"""Runs one pipeline on this machine while it holds the lease, and relays meanwhile what its outbox holds."""

from __future__ import annotations

import json
import os
import time
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
from securos_trigger.runtime.run import run_until_stopped
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.files import write_whole
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339

#: Exit code of a process whose pipeline runs on another machine now: it is to be started again, and waits then.
MOVED: Final = 75
WAITS: Final = "waits"
RUNS: Final = "runs"

_LOOK_EVERY_S: Final = 0.05


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
        log = NoticeLog()
        stack.callback(log.close)
        announcer = Announcer([log])
        lease = PipelineLease(own.relay, owner, announcer)
        stack.callback(lease.close)
        if not _has_got_the_lease(own, place, lease, announcer):
            return 0
        write_state(place, RUNS)
        code = run_until_stopped(own, lease)
        return MOVED if lease.is_moved else code


def _has_got_the_lease(own: Settings, place: Place, lease: PipelineLease, announcer: Announcer) -> bool:
    """Wait for the lease. False: a signal came first.

    The outbox is opened first: only one process of this machine may ask for the lease.
    """
    assert own.relay is not None
    write_state(place, WAITS)
    with stopped_by_signals() as stop, Remains(place.outbox, own.relay, lease, announcer):
        lease.start()
        while not stop.wait(_LOOK_EVERY_S):
            if lease.held.is_set():
                return True
    return False


def write_state(place: Place, state: str) -> None:
    """Write down what the process does now, for those who ask after it on this machine."""
    content = {"state": state, "since": rfc3339(time.time()), "pid": os.getpid()}
    write_whole(_state_file(place.folder), json.dumps(content))


def state_in(folder: Path) -> dict[str, Any]:
    """What the process of a place wrote down last; empty when there was none."""
    try:
        found = json.loads(_state_file(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _state_file(folder: Path) -> Path:
    return folder / "state.json"
