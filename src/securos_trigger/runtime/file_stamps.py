"""Sees whether a file was written since it was read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class FileStamp(NamedTuple):
    """One state of a file. Two states that are equal are taken for the same."""

    inode: int
    written_at_ns: int
    size_bytes: int


def stamp_of(path: Path) -> FileStamp | None:
    """The present state of a file; None: it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileStamp(found.st_ino, found.st_mtime_ns, found.st_size)
