"""Keeps an outbox file for one process. SQLite before 3.51.3 can damage a WAL file that two connections write.

Two locks say so: one on `<file>.lock`, which holds the owner's process id, and one on the outbox file itself, which
keeps a second owner out when the first lock file was removed. The system releases both when the process ends, however
it ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.errors.wording import sentence
from securos_trigger.system.owners import as_owner
from securos_trigger.system.platform import close_and_remove, make_private, open_file, try_lock
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import space_advice

#: An owner waits for readers this long, in seconds.
READERS_END_WITHIN_S: Final = 2.0
_TRY_EVERY_S: Final = 0.02


class OutboxLock:
    """Owns the outbox at `path` until `release`. Without `is_owner`, a lock file that was not there is removed then.

    Raises `OutboxOwnedError` with the owner's process id when another one still holds it after `wait_s` seconds: one
    that only reads, or asks whether there is an owner, holds it for a moment.
    """

    def __init__(self, path: Path, *, is_owner: bool = True, wait_s: float = 0.0) -> None:
        self._path = path
        self._lock_path = path.with_name(path.name + ".lock")
        self.was_there = os.path.lexists(self._lock_path)
        self._is_kept = is_owner or self.was_there
        self._file_descriptor: int | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor: int | None = self._acquired_within(wait_s)
        except OSError as error:
            why = f"{reason_of(error)}. {_fix(error, path)}".rstrip()
            raise OutboxError(f"The outbox {path} cannot be opened: {why}") from error

    def hold_file(self) -> None:
        """Lock the outbox file itself, before SQLite opens it; it is made if need be. Only its owner may read it.

        Raises `OutboxOwnedError` when another process has it. SQLite loses its own locks when a descriptor of the file
        is closed in this process, so `let_file_go` comes after SQLite has closed it.
        """
        self.let_file_go()
        descriptor = open_file(self._path, os.O_RDWR | os.O_CREAT)
        try:
            try_lock(descriptor)
            make_private(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            raise self._owned("another process") from None
        except BaseException:
            os.close(descriptor)
            raise
        self._file_descriptor = descriptor

    def let_file_go(self) -> None:
        """Unlock the outbox file."""
        if self._file_descriptor is not None:
            os.close(self._file_descriptor)
            self._file_descriptor = None

    def has_file(self) -> bool:
        """True when the file that was locked still stands at the path."""
        return self._file_descriptor is not None and _is_at(self._path, self._file_descriptor)

    def is_intact(self) -> bool:
        """True when the lock file still stands at its path, so that no other process can lock it."""
        return self._descriptor is not None and _is_at(self._lock_path, self._descriptor)

    def renew(self) -> bool:
        """Make and lock the lock file again, after it was removed or replaced. False: another process was faster."""
        try:
            self._lock_path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = self._acquired()
        except (OSError, OutboxOwnedError):
            return False
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = descriptor
        return True

    def release(self, *, is_refused: bool = False) -> None:
        """Let another process own the outbox. `is_refused`: the file is none, so no lock file is left beside it.

        In general the lock file stays.
        """
        self.let_file_go()
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            if not self._is_kept or (is_refused and not self.was_there):
                with contextlib.suppress(OSError):
                    close_and_remove(descriptor, self._lock_path)
            else:
                os.close(descriptor)

    def leave_to_parent(self) -> None:
        """Close the descriptors in a forked process; the parent keeps its locks."""
        self._is_kept = self.was_there = True
        self.release()

    def _acquired_within(self, wait_s: float) -> int:
        until_ticks = time.monotonic() + wait_s
        while True:
            try:
                return self._acquired()
            except OutboxOwnedError:
                if time.monotonic() >= until_ticks:
                    raise
            time.sleep(_TRY_EVERY_S)

    def _acquired(self) -> int:
        """The descriptor of the locked lock file, which holds the id of this process."""
        while True:
            descriptor = open_file(self._lock_path, os.O_RDWR | os.O_CREAT)
            try:
                try_lock(descriptor)
            except BlockingIOError:
                owner = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                if owner == str(os.getpid()):
                    raise self._owned_here() from None
                raise self._owned(f"process {owner}") from None
            if _is_at(self._lock_path, descriptor):
                break
            os.close(descriptor)  # its owner removed it between the two calls
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        except OSError:  # a full disk: a later try of this process must not find its own lock
            os.close(descriptor)
            raise
        return descriptor

    def _owned_here(self) -> OutboxOwnedError:
        return OutboxOwnedError(
            f"The outbox {self._path} belongs to this process already. "
            "Nodes of one id and one receiver share an outbox: give each its own node_id, or an outbox file of its own."
        )

    def _owned(self, owner: str) -> OutboxOwnedError:
        return OutboxOwnedError(
            f"The outbox {self._path} belongs to {owner}. "
            "Stop that process, or give this one an outbox file of its own."
        )


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False


def _fix(error: OSError, path: Path) -> str:
    """What to do where the outbox cannot be locked; empty: the reason says it."""
    match error.errno:
        case errno.ENOSPC:
            return sentence(space_advice(path.absolute().parent))
        case errno.EACCES | errno.EPERM:
            return f"Run it {as_owner(path)}, or give this user the right to write in its folder."
        case errno.EROFS:
            return "Its file system is mounted read-only, which Linux also does after a fault of the disk: see dmesg."
    return ""
