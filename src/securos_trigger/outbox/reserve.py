"""Room on the disk that is held back: on a full disk what is kept must still be delivered, and acknowledged."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

#: Enough for SQLite to bring a whole write-ahead log into the file, and to begin the next one.
BALLAST_BYTES: Final = 8 * 1024**2


class Ballast:
    """A file beside the outbox that is given up when the disk is full, and taken again when there is room."""

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(path.name + ".ballast")

    def hold(self) -> bool:
        """Hold the room from now on. False: the disk has not got as much to spare."""
        with contextlib.suppress(OSError):
            if self._file.stat().st_size == BALLAST_BYTES:
                return True
        if self._is_tight():
            return False
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
            finally:
                os.close(descriptor)
        except OSError:
            self._file.unlink(missing_ok=True)  # somebody else took the room meanwhile
            return False
        return True

    def give_up(self) -> bool:
        """Give the room to SQLite, if the disk is full. False: it is not, or there is nothing to give."""
        if not self._is_tight():
            return False
        try:
            self._file.unlink()
        except OSError:
            return False
        return True

    def _is_tight(self) -> bool:
        return shutil.disk_usage(self._file.parent).free < 2 * BALLAST_BYTES
