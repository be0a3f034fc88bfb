"""The simulator's log of calls: a file of its own, which the next start continues."""

from __future__ import annotations

import json
from pathlib import Path

from securos_trigger.errors import SimulatorError
from securos_trigger.system.files import is_there
from securos_trigger.system.reasons import reason_of

# The first line of a log is shorter than that (bytes); a file without a line end is not read to its end.
_MOST_FIRST_LINE_BYTES = 65_536


def require_call_log(path: Path) -> None:
    """SimulatorError unless `path` is new, empty, or a log that a simulator has begun: nothing else is appended to."""
    try:
        if not is_there(path):
            if not path.parent.is_dir():
                raise SimulatorError(f"There is no folder {path.parent} for the log {path.name}.")
            return
        if not path.is_file() and not path.is_dir():
            return  # a pipe or a device
        with path.open("rb") as file:
            first = file.readline(_MOST_FIRST_LINE_BYTES)
    except OSError as error:
        raise SimulatorError(f"The log {path} cannot be written: {reason_of(error)}.") from None
    if first and not _is_call(first):
        raise SimulatorError(f"{path} is not the log of a simulator, and is left as it is. Name a new file with --log.")


def _is_call(line: bytes) -> bool:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and {"sequence", "call"} <= entry.keys()
