"""What the process of a placed pipeline says of itself to those on its machine: its state in a file, its exit code."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from securos_trigger.placement.place import Place
from securos_trigger.system.files import write_whole
from securos_trigger.system.platform import process_exists
from securos_trigger.system.process_identity import process_identity
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
#: Why a pipeline at the end of its source is not healthy.
BAD_END: Final = "not all went well: its log says what (pipeline_ended)"

_OPENED_WITHIN_S: Final = 30.0

_log = logging.getLogger("securos_trigger")


def write_state(place: Place, state: str) -> None:
    """Write down what the process does now, for those who ask after it on this machine.

    A disk that is full is no reason to watch nothing: it is logged.
    """
    now_s = time.time()
    content = {"state": state, "since": rfc3339(now_s), "at_s": now_s, "pid": os.getpid()}
    content["process"] = process_identity(os.getpid())
    try:
        write_whole(_state_file(place.folder), json.dumps(content))
    except OSError as error:
        _log.warning("The state of %s cannot be written down: %s.", place.pipeline, reason_of(error))


def is_opening(folder: Path) -> bool:
    """True when the process of a place has the lease, and may be about to open its outbox again."""
    found = state_in(folder)
    return found.get("state") == STARTS and abs(time.time() - float(found.get("at_s", 0.0))) < _OPENED_WITHIN_S


def state_in(folder: Path) -> dict[str, Any]:
    """What the process of a place wrote down last; empty when there was none."""
    try:
        found = json.loads(_state_file(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_alive(written: Mapping[str, Any]) -> bool:
    """True while the process that wrote this down is there: not another one that has its id since, as after a boot.

    Where the system does not say when a process began, and in a file of an older version, the id alone counts.
    """
    pid, process = written.get("pid"), written.get("process")
    if not isinstance(pid, int) or not process_exists(pid):
        return False
    return not process or process == process_identity(pid)


def _state_file(folder: Path) -> Path:
    return folder / "state.json"
