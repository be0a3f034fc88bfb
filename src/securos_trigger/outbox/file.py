"""The outbox file and its faults: damaged, deleted, on a full disk. One thread uses it."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox.database import is_damage
from securos_trigger.outbox.reserve import Reserve
from securos_trigger.outbox.store import Store

CHECK_EVERY_S: Final = 1.0


class OutboxFile:
    """Opens the store when it is needed, and again after trouble.

    `clock` gives Unix seconds. Without `is_owner` the file is only read: nothing is put beside it or renamed.
    """

    def __init__(
        self,
        path: Path,
        open_store: Callable[[], Store],
        *,
        announcer: Announcer,
        clock: Callable[[], float],
        is_owner: bool,
    ) -> None:
        #: Events are kept only in pages that the file has already, and the log is kept short.
        self.is_disk_full = False
        self._path = path
        self._open_store = open_store
        self._announcer = announcer
        self._clock = clock
        self._is_owner = is_owner
        self._reserve = Reserve(path)
        if is_owner:
            self._reserve.take_over_old()
        self._store: Store | None = None
        self._next_check_at_s = 0.0  # on the monotonic clock

    @property
    def has_space(self) -> bool:
        """True when there is space for events, as far as is known."""
        return self._store is not None and not self._store.full_reason()

    def opened(self) -> Store:
        """Open the store unless it is open. A damaged file is set aside, and an empty one takes its place.

        Raises `OutboxError` when it cannot be opened.
        """
        if self._store is None:
            try:
                self._store = self._open()
            except (sqlite3.Error, OSError) as error:
                raise OutboxError(f"The outbox {self._path} cannot be opened: {error}.") from error
        self._store.is_disk_full = self.is_disk_full
        return self._store

    def close(self) -> None:
        """Close the store; the next use opens it again, with nothing being sent."""
        if self._store:
            self._store.close()
            self._store = None

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
        """Check once a second that the file is there, and whether a full disk has space again. Gives a trouble."""
        if time.monotonic() < self._next_check_at_s:
            return ""
        self._next_check_at_s = time.monotonic() + CHECK_EVERY_S
        self.is_disk_full = self.is_disk_full and not self._reserve.hold()
        if self._store is not None and not os.path.lexists(self._path):
            return self._rewrite_deleted(self._store)
        return ""

    def _rewrite_deleted(self, store: Store) -> str:
        """Write a deleted file again: only this process can still read what was in it. Gives a trouble."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            store.save_as(self._path)
        except (sqlite3.Error, OSError) as error:
            return f"the file was deleted and cannot be written again: {error}"
        self.close()
        self._announcer.announce(kinds.OUTBOX_DELETED, path=self._path)
        return ""

    def _open(self) -> Store:
        try:
            store = self._open_store()
        except sqlite3.Error as error:
            if is_damage(error) and not self._is_owner:
                raise OutboxError(f"The outbox {self._path} is damaged: {error}.") from error
            if is_damage(error):
                self._set_aside(str(error))
            elif self._reserve.release():
                self.is_disk_full = True
            else:
                raise
            store = self._open_store()
        if self._is_owner and self._reserve.hold():
            self.is_disk_full = False
        if store.is_migrated:
            level = logging.WARNING if store.copy_failure else logging.INFO
            about = {"path": self._path, "kept_as": store.copied_to, "reason": store.copy_failure}
            self._announcer.announce(kinds.OUTBOX_MIGRATED, level, **about)
        return store

    def _set_aside(self, why: str) -> None:
        """Rename the damaged file and the two that SQLite keeps beside it: nothing is ever deleted."""
        stamp = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        for suffix in ("", "-wal", "-shm"):
            file = self._path.with_name(self._path.name + suffix)
            if file.exists():
                file.rename(self._path.with_name(f"{self._path.name}.damaged-{stamp}{suffix}"))
        aside = f"{self._path.name}.damaged-{stamp}"
        self._announcer.announce(kinds.OUTBOX_SET_ASIDE, path=self._path, reason=why, kept_as=aside)
