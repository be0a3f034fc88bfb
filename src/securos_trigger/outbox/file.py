"""The outbox file and its faults: damaged, deleted, on a full disk. One thread uses it."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox.database import is_damage
from securos_trigger.outbox.identity import has_log
from securos_trigger.outbox.limits import Limits
from securos_trigger.outbox.lock import OutboxLock
from securos_trigger.outbox.moved import moved_files, take_up
from securos_trigger.outbox.reader import OutboxReader
from securos_trigger.outbox.reserve import Reserve
from securos_trigger.outbox.store import Store
from securos_trigger.system.platform import replace
from securos_trigger.system.reasons import reason_of

CHECK_EVERY_S: Final = 1.0

#: The log and its index, which SQLite keeps beside an open file.
_SUFFIXES: Final = ("-wal", "-shm")


class OutboxFile:
    """Opens the store when it is needed, and again after trouble.

    `clock` gives Unix seconds. Without `is_owner` the file is only read: nothing is put beside it or renamed.
    """

    def __init__(
        self,
        path: Path,
        lock: OutboxLock,
        limits: Limits,
        *,
        announcer: Announcer,
        clock: Callable[[], float],
        is_owner: bool,
    ) -> None:
        #: Events are kept in what is left of the reserve and in pages that the file has, and the log is kept short.
        self.is_disk_full = False
        self._path = path
        self._lock = lock
        self._limits = limits
        self._side_files: dict[str, tuple[int, int]] = {}  # as they were when the store was opened
        self._announcer = announcer
        self._clock = clock
        self._is_owner = is_owner
        self._reserve = Reserve(path)
        if is_owner:
            self._reserve.take_over_old()
        self._store: Store | None = None
        self._next_check_at_ticks = 0.0

    def release(self) -> None:
        """Close the store, and let another process own the file."""
        self.close()
        self._lock.release()

    def leave_to_parent(self) -> None:
        """Let go of the locks in a forked process, which the parent keeps."""
        self._lock.leave_to_parent()

    @property
    def has_space(self) -> bool:
        """True when there is space for events, as far as is known."""
        return self._store is not None and not self._store.full_reason()

    def ensure_open(self) -> Store:
        """Give the store, opened unless it is open. A damaged file is set aside, and an empty one takes its place.

        Raises `OutboxError` when it cannot be opened.
        """
        if self._store is None:
            try:
                self._store = self._open_or_repair()
            except (sqlite3.Error, OSError) as error:
                raise OutboxError(f"The outbox {self._path} cannot be opened: {reason_of(error)}.") from error
        self._store.let_grow(self._reserve.left_for_events_bytes() if self.is_disk_full else None)
        self._limits.hold(self._store)
        return self._store

    def close(self) -> None:
        """Close the store; the next use opens it again, with nothing being sent."""
        if self._store:
            self._store.close()
            self._store = None
            self._lock.let_file_go()

    def repair(self, error: Exception) -> bool:
        """Repair what can be repaired after a commit that failed. True: it is worth another try."""
        if isinstance(error, sqlite3.Error) and is_damage(error) and self._is_owner:
            self.close()
            self._set_aside(str(error))
            return True
        if self._reserve.release():
            self.is_disk_full = True
            return True
        return False

    def check(self) -> str:
        """Check once a second that the files are ours still, and whether a full disk has space. Gives a trouble."""
        if time.monotonic() < self._next_check_at_ticks:
            return ""
        self._next_check_at_ticks = time.monotonic() + CHECK_EVERY_S
        self.is_disk_full = self.is_disk_full and not self._reserve.hold()
        if self._store is None:
            return ""
        try:
            return self._check_files(self._store)
        except (sqlite3.Error, OSError) as error:
            return f"the file was removed or replaced, and cannot be written again: {reason_of(error)}"

    def _check_files(self, store: Store) -> str:
        has_file = self._lock.has_file()
        if not self._lock.is_intact():
            is_renewed = self._lock.renew()
            if is_renewed and has_file:
                reason = f"{self._path.name}.lock was removed"
                self._announcer.announce(kinds.OUTBOX_FILES_RENEWED, path=self._path, reason=reason)
            elif not is_renewed and not has_file:
                self._move_away(store)
                return ""
        if not has_file:
            self._rewrite(store)
        elif self._side_files != (found := _side_files(self._path)):
            missing = [name for name, file in self._side_files.items() if found.get(name) != file]
            if missing:
                self._renew_log(store, missing)
        return ""

    def _rewrite(self, store: Store) -> None:
        """Write a file again that was deleted or replaced: only this process can still read what was in it."""
        rescued = self._path.with_name(self._path.name + ".rescued")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        store.save_as(rescued)
        self.close()
        for name, file in _side_files(self._path).items():
            if file == self._side_files.get(name):  # what it holds is saved, and it must not be read into another file
                self._path.with_name(name).unlink()
        is_replaced = os.path.lexists(self._path)
        aside = self._rename_all(self._path, "replaced") if is_replaced or _side_files(self._path) else ""
        replace(rescued, self._path)
        if is_replaced:
            self._announcer.announce(kinds.OUTBOX_REPLACED, path=self._path, kept_as=aside)
        else:
            self._announcer.announce(kinds.OUTBOX_DELETED, path=self._path)

    def _renew_log(self, store: Store, missing: list[str]) -> None:
        """Bring the log into the file and begin a new one: a removed one would be lost with this process."""
        store.empty_log()
        self.close()
        for name, file in _side_files(self._path).items():
            if name in missing and file != self._side_files.get(name):
                self._path.with_name(name).rename(self._path.with_name(f"{name}.replaced-{self._stamp()}"))
        reason = f"{' and '.join(missing)} was removed"
        self._announcer.announce(kinds.OUTBOX_FILES_RENEWED, path=self._path, reason=reason)

    def _move_away(self, store: Store) -> None:
        """Go on in a file of another name: another process owns the path, with a file of its own."""
        path = self._path.with_name(f"{self._path.name}.moved-{self._stamp()}")
        lock = OutboxLock(path)
        store.save_as(path)
        self.close()
        self._lock.release()
        self._announcer.announce(kinds.OUTBOX_MOVED, path=self._path, kept_as=path.name)
        self._path, self._lock, self._reserve = path, lock, Reserve(path)

    def _open_or_repair(self) -> Store:
        if _is_empty(self._path) and has_log(self._path):
            self._refuse_unless_owner("it is empty, and its log is not")
            self._set_aside("it is empty, and its log is not")
        try:
            store = self._open_locked()
        except sqlite3.Error as error:
            if is_damage(error):
                self._refuse_unless_owner(str(error))
                self._set_aside(str(error))
            elif self._reserve.release():
                self.is_disk_full = True
            else:
                raise
            store = self._open_locked()
        self._side_files = _side_files(self._path)
        if self._is_owner and self._reserve.hold():
            self.is_disk_full = False
        if self._is_owner:
            self._take_up_moved(store)
        if store.is_migrated:
            level = logging.WARNING if store.copy_failure else logging.INFO
            about = {"path": self._path, "kept_as": store.copied_to, "reason": store.copy_failure}
            self._announcer.announce(kinds.OUTBOX_MIGRATED, level, **about)
        return store

    def _take_up_moved(self, store: Store) -> None:
        """Take the events over from files that earlier services went on in. A file in use is left to its owner."""
        for file in moved_files(self._path):
            try:
                with contextlib.closing(OutboxReader(file)) as moved, store.transaction():
                    count = take_up(store, moved, self._clock())
            except OutboxOwnedError:
                continue
            except (sqlite3.Error, OSError, OutboxError) as error:
                fix = "look at its disk and its rights, then start the service again"
                about = {"path": file, "kept_as": "", "count": 0, "reason": reason_of(error), "fix": fix}
                self._announcer.announce(kinds.OUTBOX_TAKEN_UP, logging.CRITICAL, **about)
                continue
            kept_as = self._rename_all(file, "taken-up")
            for suffix in (".lock", ".reserve"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
            self._announcer.announce(kinds.OUTBOX_TAKEN_UP, path=file, kept_as=kept_as, count=count, reason="", fix="")

    def _open_locked(self) -> Store:
        self._lock.hold_file()
        try:
            return self._limits.open_store(self._path)
        except BaseException:
            self._lock.let_file_go()
            raise

    def _refuse_unless_owner(self, why: str) -> None:
        if not self._is_owner:
            raise OutboxError(f"The outbox {self._path} is damaged: {why}.")

    def _set_aside(self, why: str) -> None:
        """Rename the damaged file and the two that SQLite keeps beside it: nothing is ever deleted."""
        aside = self._rename_all(self._path, "damaged")
        self._announcer.announce(kinds.OUTBOX_SET_ASIDE, path=self._path, reason=why, kept_as=aside)

    def _rename_all(self, path: Path, word: str) -> str:
        """Rename what stands at `path` and beside it for SQLite; gives the new name."""
        aside = f"{path.name}.{word}-{self._stamp()}"
        for suffix in ("", *_SUFFIXES):
            file = path.with_name(path.name + suffix)
            if os.path.lexists(file):
                file.rename(path.with_name(aside + suffix))
        return aside

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _side_files(path: Path) -> dict[str, tuple[int, int]]:
    """The files that SQLite keeps beside an open one, by name: their device and inode."""
    found = {}
    for suffix in _SUFFIXES:
        file = path.with_name(path.name + suffix)
        with contextlib.suppress(OSError):  # it is not there
            state = os.lstat(file)
            found[file.name] = (state.st_dev, state.st_ino)
    return found


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return True
