"""A preallocated reserve of disk space: on a full disk the next events are kept in it, and what is kept is settled."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

from securos_trigger.system.platform import open_file, preallocate, replace

#: Half of it is for events. The other is enough for SQLite to bring its write-ahead log into the file, and begin again.
RESERVE_BYTES: Final = 8 * 1024**2
#: On a full disk so much stays free of events: what was kept must be settled.
_FOR_SETTLEMENTS_BYTES: Final = RESERVE_BYTES // 2

#: An older version named the file so; it is taken over.
_OLD_SUFFIX: Final = ".ballast"


class Reserve:
    """A file beside the outbox that is removed when the disk is full, and allocated again when there is space."""

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(path.name + ".reserve")
        self._old_file = path.with_name(path.name + _OLD_SUFFIX)

    def take_over_old(self) -> None:
        """Give the file that an older version left the present name, so that its space is not held twice."""
        with contextlib.suppress(OSError):  # mostly there is none
            replace(self._old_file, self._file)

    def hold(self) -> bool:
        """Allocate the reserve if it is not there. False: the disk has too little space to spare."""
        with contextlib.suppress(OSError):
            if self._file.stat().st_size == RESERVE_BYTES:
                return True
        if self._is_tight():
            return False
        try:
            descriptor = open_file(self._file, os.O_WRONLY | os.O_CREAT)
            try:
                preallocate(descriptor, RESERVE_BYTES)
            finally:
                os.close(descriptor)
        except OSError:
            self._file.unlink(missing_ok=True)  # another program took the space meanwhile
            return False
        return True

    def release(self) -> bool:
        """Remove the file, so that SQLite has its space, if the disk is full. False: it is not, or there is no file."""
        if not self._is_tight():
            return False
        try:
            self._file.unlink()
        except OSError:
            return False
        return True

    def left_for_events_bytes(self) -> int:
        """Give how much of a full disk events may still take, when the reserve was released."""
        return max(0, self._free_bytes() - _FOR_SETTLEMENTS_BYTES)

    def _is_tight(self) -> bool:
        return self._free_bytes() < 2 * RESERVE_BYTES

    def _free_bytes(self) -> int:
        return shutil.disk_usage(self._file.parent).free
