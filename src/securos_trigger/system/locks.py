"""A lock among processes for the change of a small file."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from securos_trigger.system.platform import open_file, try_lock

# Pause before the next try. A change of a small file takes milliseconds.
_RETRY_S = 0.01
# Windows has no such flag, and lets administrators alone make links.
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@contextlib.contextmanager
def lock_for_change(path: Path, timeout_s: float = 5.0) -> Iterator[None]:
    """Hold the lock `<path>.lock` (mode 0600): only one thread of one process changes the file at a time.

    The lock file stays, because removing it would let two in. Raises TimeoutError when another process holds the lock
    for longer than `timeout_s`, OSError when the lock file cannot be opened.
    """
    lock = path.with_name(path.name + ".lock")
    descriptor = _acquire(lock, time.monotonic() + timeout_s)
    try:
        yield
    finally:
        os.close(descriptor)  # the system releases the lock


def _acquire(lock: Path, until_s: float) -> int:
    while True:
        descriptor = open_file(lock, os.O_RDWR | os.O_CREAT | _NO_FOLLOW)
        try:
            try_lock(descriptor)
            if _is_still(lock, descriptor):
                return descriptor
        except BlockingIOError:
            if time.monotonic() >= until_s:
                os.close(descriptor)
                raise TimeoutError("another process holds the lock") from None
            time.sleep(_RETRY_S)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_still(lock: Path, descriptor: int) -> bool:
    """True when the locked file is the one that has the name: it may have been removed before it was locked."""
    try:
        return os.path.samestat(lock.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
