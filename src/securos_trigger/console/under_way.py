"""What persons do just now, in a file: a console that is killed leaves it there, and the next one finds it."""

from __future__ import annotations

import errno
import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from securos_trigger.system.platform import open_file, try_lock

#: A line is at most this long. A place has as many bytes, which the disk has given already.
PLACE_BYTES: Final = 8 * 1024
#: More than the console has threads.
PLACES: Final = 64
#: Files of consoles that run at the same time.
_MOST_FILES: Final = 8


class UnderWay:
    """Places for lines in a file that this process alone has. Another console of the same site has one of its own.

    Used under a lock. OSError from each method: the file cannot be had, read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._left: dict[int, bytes] = {}
        self._free: list[int] = []

    def left(self) -> dict[int, bytes]:
        """The lines that a console which was killed has left, by their place. `clear` takes them out."""
        self.open()
        return dict(self._left)

    def open(self) -> None:
        """Take a file whose console has ended, or make one."""
        if self._descriptor is not None:
            return
        descriptor = self._taken()
        try:
            content = _content(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)  # the system lets the lock go
        for place in range(PLACES):
            if line := content[place * PLACE_BYTES :][:PLACE_BYTES].strip(b" \n"):
                self._left[place] = line
            else:
                self._free.append(place)

    def put(self, line: bytes) -> int:
        """Keep a line; gives its place."""
        self.open()
        if not self._free or len(line) > PLACE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        place = self._free[-1]
        self._write(line, place)
        return self._free.pop()

    def clear(self, place: int) -> None:
        """Take the line of a place out."""
        self._write(b"", place)
        self._left.pop(place, None)
        self._free.append(place)

    def _write(self, line: bytes, place: int) -> None:
        assert self._descriptor is not None, "it is open"
        _write(self._descriptor, line.ljust(PLACE_BYTES), place * PLACE_BYTES)

    def _taken(self) -> int:
        for path in self._paths():
            descriptor = open_file(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0))
            try:
                try_lock(descriptor)
            except BlockingIOError:
                os.close(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            else:
                return descriptor
        raise BlockingIOError(errno.EWOULDBLOCK, "other consoles of this site hold all of its places")

    def _paths(self) -> Iterator[Path]:
        yield self._path
        for number in range(2, _MOST_FILES + 1):
            yield self._path.with_name(f"{self._path.name}.{number}")


def _content(descriptor: int) -> bytes:
    """All places. A new file gets their space, or stays empty."""
    content = b""
    while part := os.read(descriptor, PLACES * PLACE_BYTES):
        content += part
    if len(content) >= PLACES * PLACE_BYTES:
        return content
    content = b" " * PLACES * PLACE_BYTES
    try:
        _write(descriptor, content, 0)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, 0)
        raise
    return content


def _write(descriptor: int, content: bytes, at: int) -> None:
    """Write all of it, at once where the system takes it."""
    os.lseek(descriptor, at, os.SEEK_SET)
    while content:
        content = content[os.write(descriptor, content) :]
