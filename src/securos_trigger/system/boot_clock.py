"""Instants that can be compared after a restart of the program, even when the clock was set meanwhile."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import NamedTuple

from securos_trigger.system.platform import steady_s

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# On a system that does not name its starts, each start of the program counts as one.
_PROGRAM_ID = uuid.uuid4().hex


class Instant(NamedTuple):
    """An instant: the wall clock (Unix seconds), the id of a start of the machine, and the seconds since that start."""

    wall_s: float
    boot_id: str
    boot_s: float

    def seconds_since(self, earlier: Instant) -> float:
        """The seconds since an earlier instant: exact within one start, else by the wall clock and maybe negative."""
        if self.boot_id == earlier.boot_id:
            return self.boot_s - earlier.boot_s
        return self.wall_s - earlier.wall_s


def present_instant() -> Instant:
    """The present instant."""
    try:
        boot_id = _BOOT_ID.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        boot_id = _PROGRAM_ID
    return Instant(time.time(), boot_id, steady_s())
