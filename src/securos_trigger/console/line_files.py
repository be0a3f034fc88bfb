"""Files of lines that are added to: one that is bounded, and one with space for lines that the disk does not take."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from securos_trigger.system.locks import lock_for_change

#: A file is rotated at this size; one older file is kept.
MAX_BYTES: Final = 5 * 1024**2
#: Space for a line of the longest kind from each thread of the console, and some more.
RESERVE_BYTES: Final = 512 * 1024


class LineFile:
    """Lines in a file that only its owner may read. Several processes may add to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, line: bytes) -> None:
        """Add a line, with its end. OSError: it cannot be added."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._is_full():
            with lock_for_change(self.path):  # another process may do the same
                if self._is_full():
                    self.path.replace(self._older)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(b"\n" + line if line and self._is_torn() else line)

    def lines(self) -> list[bytes]:
        """All lines, the oldest first."""
        return [line for path in (self._older, self.path) for line in _content(path).splitlines()]

    def _is_torn(self) -> bool:
        """True when the last line has no end: a crash or a full disk has torn it. The next one is not to join it."""
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) == 0:
                    return False
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except FileNotFoundError:  # it has just become the older one
            return False

    def _is_full(self) -> bool:
        try:
            return self.path.stat().st_size >= MAX_BYTES
        except FileNotFoundError:
            return False

    @property
    def _older(self) -> Path:
        return self.path.with_name(f"{self.path.name}.1")


class LineReserve:
    """A file of space characters, into which lines are written where the disk is full: it has its space already."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def hold(self, space_bytes: int) -> None:
        """See to it that there is space for so much. OSError: there is none, and the disk gives none."""
        with lock_for_change(self._path):
            content = self._content()
            if len(content) == RESERVE_BYTES and RESERVE_BYTES - len(content.rstrip(b" ")) >= space_bytes:
                return
            if content.strip() or space_bytes > RESERVE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            try:
                self._write(0, b" " * RESERVE_BYTES)
            except OSError:
                self._path.unlink(missing_ok=True)
                raise

    def append(self, line: bytes) -> None:
        """Write a line into the space. OSError: there is too little."""
        with lock_for_change(self._path):
            content = self._content()
            start = len(content.rstrip(b" "))
            if start + len(line) > len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._write(start, line)

    def lines(self) -> list[bytes]:
        """The lines that are in it, the oldest first."""
        return self._content().rstrip(b" ").splitlines()

    def clear(self) -> None:
        """Write space characters over its lines. OSError: it cannot be written."""
        with lock_for_change(self._path):
            self._write(0, b" " * len(self._content().rstrip(b" ")))

    def _content(self) -> bytes:
        return _content(self._path)

    def _write(self, start: int, content: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(start)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
