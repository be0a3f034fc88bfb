"""Reads an outbox that no process owns. Nothing is written, neither into the file nor beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from securos_trigger.errors import OutboxError
from securos_trigger.outbox import inspection
from securos_trigger.outbox.database import is_damage
from securos_trigger.outbox.identity import check_is_outbox, has_log, has_traces
from securos_trigger.outbox.lock import OutboxLock
from securos_trigger.outbox.rows import Row, Search, Selection, State
from securos_trigger.outbox.sql_files import MIGRATIONS
from securos_trigger.outbox.store import Store
from securos_trigger.system.real_paths import real_path


class OutboxReader:
    """An outbox file that is only looked at. It holds the outbox's lock until `close`.

    Raises `OutboxOwnedError` when a process owns the file, `OutboxError` when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        path = real_path(path)
        traces = has_traces(path)  # before there is a lock file of ours
        self._index = path.with_name(path.name + "-shm")
        self._had_index = os.path.lexists(self._index)
        self._lock = OutboxLock(path, is_owner=False)
        try:
            check_is_outbox(path, has_traces=traces)
            self._store = _ReadOnlyStore(path)
        except sqlite3.Error as error:
            self._release()
            what = "is damaged" if is_damage(error) else "cannot be read"
            raise OutboxError(f"The outbox {path} {what}: {error}.") from error
        except BaseException:
            self._release()
            raise

    def counts(self) -> dict[State, int]:
        """Count the deliveries in each state."""
        return {state: self._store.counts.get(state, 0) for state in State}

    def select(self, selection: Selection) -> tuple[list[Row], bool]:
        """Give the same as `Outbox.select`."""
        with self._store.transaction():
            rows = inspection.select(self._store, replace(selection, limit=selection.limit + 1))
        return rows[: selection.limit], len(rows) > selection.limit

    def find(self, ids: tuple[str, ...], limit: int = 100) -> list[Row]:
        """Give the same as `Outbox.find`."""
        with self._store.transaction():
            return inspection.find(self._store, ids, limit)

    def search(self, wanted: Search) -> tuple[list[Row], int | None]:
        """Give the same as `Outbox.search`."""
        with self._store.transaction():
            return inspection.search(self._store, wanted)

    def rows(self, state: State) -> Iterator[Row]:
        """Give every row of a state, oldest first, one after the other."""
        with self._store.transaction():
            yield from inspection.every(self._store, state)

    def close(self) -> None:
        """Close the file, and let another process own it."""
        self._store.close()
        self._release()

    def _release(self) -> None:
        if not self._had_index:
            with suppress(OSError):  # SQLite made it to read the log, or there is none
                self._index.unlink()
        self._lock.release()


class _ReadOnlyStore(Store):
    def __init__(self, path: Path) -> None:
        super().__init__(path, max_bytes=2**62, max_rows=2**62)

    def _connected(self, path: Path) -> sqlite3.Connection:
        """Open the file as it is, or when an older version wrote it (or nothing yet) a migrated copy of it."""
        if not path.is_file() or path.stat().st_size == 0:
            return _migrated(sqlite3.connect("", isolation_level=None))
        # Without a log nothing needs to be made beside the file, and it cannot change: its lock is held.
        how = "mode=ro" if has_log(path) else "mode=ro&immutable=1"
        opened = sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, isolation_level=None)
        try:
            version: int = opened.execute("PRAGMA user_version").fetchone()[0]
            self.refuse_newer(path, version)
            if version == len(MIGRATIONS):
                return opened
            copy = sqlite3.connect("", isolation_level=None)  # in memory, and what does not fit in a file of SQLite's
            opened.backup(copy)
        except BaseException:
            opened.close()
            raise
        opened.close()
        return _migrated(copy)

    def _begin(self, path: Path) -> None:
        self.run("being_sent").close()
        self.run("dropped_here").close()
        with self.transaction():
            self.count()

    @contextmanager
    def transaction(self, *, is_durable: bool = True) -> Iterator[None]:
        """See one state of the file from begin to end."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")


def _migrated(copy: sqlite3.Connection) -> sqlite3.Connection:
    version = copy.execute("PRAGMA user_version").fetchone()[0]
    for migration in MIGRATIONS[version:]:
        copy.executescript(migration)
    return copy
