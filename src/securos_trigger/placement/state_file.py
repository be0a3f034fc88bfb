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

#: Why a start that lasts for a minute needs a person.
LONG_START: Final = (
    "it has been starting for more than 60 s, and nothing is watched: a model or its source does not open, or its "
    "process ends again and again"
)

#: A start that is younger needs no person. A process that has run for less still counts as starting.
STARTS_WITHIN_S: Final = 60.0
_OPENED_WITHIN_S: Final = 30.0

_log = logging.getLogger("securos_trigger")


def write_state(place: Place, state: str) -> None:
    """Write down what the process does now, for those who ask after it on this machine.

    A disk that is full is no reason to watch nothing: it is logged.
    """
    now_s = time.time()
    content = {"state": state, "since": rfc3339(now_s), "at_s": now_s, "pid": os.getpid()}
    content["starting_since_s"] = _starting_since_s(state_in(place.folder), state, now_s)
    content["process"] = process_identity(os.getpid())
    try:
        write_whole(_state_file(place.folder), json.dumps(content))
    except OSError as error:
        _log.warning("The state of %s cannot be written down: %s.", place.pipeline, reason_of(error))


def _starting_since_s(before: Mapping[str, Any], state: str, now_s: float) -> float | None:
    """When the first start began of those that did not end in a run of a minute; None: none did."""
    since_s = before.get("starting_since_s")
    is_young = now_s - _at_s(before) < STARTS_WITHIN_S
    if isinstance(since_s, float) and is_young and before.get("state") != ENDED:
        return since_s
    return now_s if state == STARTS else None


def is_long_start(written: Mapping[str, Any]) -> bool:
    """True for a process that starts, and with the starts before that failed for longer than a minute."""
    since_s = written.get("starting_since_s")
    since_s = since_s if isinstance(since_s, float) else _at_s(written)
    return written.get("state") == STARTS and time.time() - since_s >= STARTS_WITHIN_S


def _at_s(written: Mapping[str, Any]) -> float:
    found = written.get("at_s")
    return float(found) if isinstance(found, int | float) else 0.0


def is_opening(folder: Path) -> bool:
    """True when the process of a place has the lease, and may be about to open its outbox again."""
    found = state_in(folder)
    return found.get("state") == STARTS and abs(time.time() - _at_s(found)) < _OPENED_WITHIN_S


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
