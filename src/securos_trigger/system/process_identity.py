"""Names a process so that another one that gets its id later is not taken for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from securos_trigger.system.boot_clock import present_instant

_PROCESSES: Final = Path("/proc")
#: Of the fields behind the name of a program in `/proc/ID/stat`: the start of the process, in ticks since the boot.
_START_FIELD: Final = 19


def process_identity(process_id: int) -> str:
    """The start of the machine and that of the process; empty: there is none, or the system has no such files."""
    try:
        stat = (_PROCESSES / str(process_id) / "stat").read_text(encoding="utf-8", errors="replace")
        started = stat.rpartition(")")[2].split()[_START_FIELD]  # a name may have spaces and brackets
    except (OSError, IndexError):
        return ""
    return f"{present_instant().boot_id} {started}"
