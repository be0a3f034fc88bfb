"""The words for a limit of the system that ends a command: open files, threads, memory, disk. None of them is a bug."""

from __future__ import annotations

import errno
from typing import Final

_FILES: Final = "this process cannot open more files", "raise the limit of open files (LimitNOFILE=, ulimit -n)"
_ALL_FILES: Final = "this machine cannot open more files", "raise its limit of open files (fs.file-max)"
_MEMORY: Final = "there is not enough memory", "give the process more memory (MemoryMax=, ulimit -v)"
_THREADS: Final = (
    "no more threads can be started",
    "raise the limits of threads and memory (TasksMax=, MemoryMax=, ulimit -u, ulimit -v)",
)
_SPACE: Final = "the disk is full", "free some space on it, or write elsewhere"
_QUOTA: Final = "the disk quota of this user is used up", "free some space, raise the quota, or write elsewhere"
_BY_NUMBER: Final = {
    errno.EMFILE: _FILES,
    errno.ENFILE: _ALL_FILES,
    errno.ENOMEM: _MEMORY,
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _QUOTA,
}
# Errors that have no number: Python's own of a thread, and those of a library that cannot be loaded.
_BY_TEXT: Final = (
    (RuntimeError, "can't start new thread", _THREADS),
    (ImportError, "Too many open files", _FILES),
    (ImportError, "Error 24", _FILES),
    (ImportError, "failed to map segment", _MEMORY),
    (ImportError, "Cannot allocate memory", _MEMORY),
    (ImportError, "cannot allocate memory", _MEMORY),
)


def limit_reached(error: BaseException) -> tuple[str, str] | None:
    """Which limit of the system this error comes from, and what to do. None: it comes from none."""
    if isinstance(error, MemoryError):
        return _MEMORY
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0)
    return next((words for kind, text, words in _BY_TEXT if isinstance(error, kind) and text in str(error)), None)
