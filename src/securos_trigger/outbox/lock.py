"""One process owns an outbox file. SQLite before 3.51.3 can damage a WAL file that two connections write."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from securos_trigger.errors import OutboxError, OutboxOwnedError


class OutboxLock:
    """A lock on `<file>.lock` that the system releases when the process ends, however it ends.

    Raises `OutboxOwnedError` with the owner's process id when another one holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise OutboxError(f"The outbox {path} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise OutboxOwnedError(
                f"The outbox {path} belongs to process {owner}. "
                "Stop that process, or give this one an outbox file of its own."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let another process own the outbox. The lock file stays: removing it would let two owners in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
