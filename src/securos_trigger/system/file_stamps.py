"""Sees whether a file was written since it was read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class FileStamp(NamedTuple):
    """One state of a file. Two states that are equal are taken for the same."""

    inode: int
    written_at_ns: int
    size_bytes: int

    @classmethod
    def of(cls, path: Path) -> FileStamp:
        """The present state of a file. OSError: it cannot be looked at."""
        found = path.stat()
        return cls(found.st_ino, found.st_mtime_ns, found.st_size)


def stamp_of(path: Path) -> FileStamp | None:
    """The present state of a file; None: it cannot be looked at."""
    try:
        return FileStamp.of(path)
    except OSError:
        return None
