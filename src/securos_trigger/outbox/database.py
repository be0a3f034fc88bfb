"""One SQLite connection to the outbox file: set-up, migrations, transactions. No thread, no queue, no clock.

WAL; the commit of a durable transaction has returned when it is on the disk, and survives a power cut. SQLite's own
errors are let through; the writer decides what they cost.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from operator import methodcaller
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.model.failed_steps import has_reached
from securos_trigger.outbox.identity import APPLICATION_ID
from securos_trigger.outbox.rows import State
from securos_trigger.outbox.sql_files import MIGRATIONS, QUERIES
from securos_trigger.system.platform import close_and_remove, open_file, replace
from securos_trigger.system.reasons import reason_of

#: Above `max_bytes` there is space for settlements: an outbox that accepts no more events must still be emptied.
SPACE_FOR_SETTLEMENTS_BYTES: Final = 4 * 1024 * 1024

_BUSY_TIMEOUT_S: Final = 2.0
_CACHE_KIB: Final = 8192
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

#: Makes a text of bytes of the file. Those that are no UTF-8 become lone surrogates, which nothing else writes
#: (`row_reading`). It runs for each text of each row, and a function written in Python would double the time of a row.
_text: Final = methodcaller("decode", "utf-8", "surrogateescape")


def _has_reached(reason: bytes, camera: bytes) -> bool:
    """`has_reached` for SQL. It takes bytes: SQLite would refuse the whole query for one text that is no UTF-8."""
    return has_reached(_text(reason), _text(camera))


def is_damage(error: sqlite3.Error) -> bool:
    """True when the error says that the file is damaged, or no database at all."""
    code = getattr(error, "sqlite_errorcode", 0)
    return (code & 0xFF) in _DAMAGE


class Database:
    """An open outbox file of at most about `max_bytes`. `counts` says how many deliveries stand in each state.

    Raises `sqlite3.Error` when the file cannot be opened or is damaged, `OutboxError` when a newer version wrote it.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self.counts: Counter[State] = Counter()
        self.is_synced = True  # nothing is committed that a power cut could take back
        self.max_bytes = max_bytes
        self.is_migrated = False
        #: At the migration of an older version's file: the name of the copy beside it, or why there is none.
        self.copied_to = self.copy_failure = ""
        self.changes_in_memory = 0  # by the transaction under way, to what does not stand in the file
        self._is_durable: bool | None = None  # the kind of transaction that the connection is set to
        self._is_touched = False
        self._connection = self._connected(path)
        try:
            self._connection.row_factory = sqlite3.Row
            self._connection.text_factory = _text  # else one damaged row makes all that are read with it unreadable
            self._connection.create_function("has_reached", 2, _has_reached, deterministic=True)
            self._begin(path)
        except BaseException:
            self._connection.close()
            raise

    def _connected(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)

    def _begin(self, path: Path) -> None:
        self._set_up(path)
        with self.transaction():
            self.run("wake_all").close()
            self.count()

    def count(self) -> None:
        """Count the deliveries in each state, as they stand in the file."""
        self.counts.update({State(row[0]): int(row[1]) for row in self.run("counts").fetchall()})

    def _set_up(self, path: Path) -> None:
        pragma = self.pragma
        if not pragma("page_count"):
            pragma(f"application_id = {APPLICATION_ID}")  # before there is a log, so that it stands in the file itself
        pragma("journal_mode = WAL")
        self._set_durable(True)
        pragma(f"cache_size = -{_CACHE_KIB}")
        self.limit_size(self.max_bytes)
        version = pragma("user_version")
        self.refuse_newer(path, version)
        if 0 < version < len(MIGRATIONS):
            self.is_migrated = True
            self._copy_before_migration(path)
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            self._connection.executescript(f"BEGIN;{migration};PRAGMA user_version = {number};COMMIT;")
        pragma("temp_store = MEMORY")
        self.run("being_sent").close()
        self.run("dropped_here").close()

    def limit_size(self, max_bytes: int) -> None:
        """Let the file grow to about this size. One that is larger stays as it is, and takes no more events."""
        page_bytes = self.pragma("page_size")
        max_pages = max(16, max_bytes // page_bytes)
        self.pragma(f"max_page_count = {max_pages + SPACE_FOR_SETTLEMENTS_BYTES // page_bytes}")
        self.max_bytes, self.max_pages = max_bytes, max_pages  # not before: where it fails, it is tried again

    def used_bytes(self) -> int:
        """Say how much of the file is in use."""
        return (self.pragma("page_count") - self.pragma("freelist_count")) * self.pragma("page_size")

    def refuse_newer(self, path: Path, version: int) -> None:
        """Raise `OutboxError` when this schema version is not known here."""
        if version > len(MIGRATIONS):
            raise OutboxError(
                f"The outbox {path} was written by a newer version of securos-trigger. "
                "Install that version, or name another file."
            )

    @contextmanager
    def transaction(self, *, is_durable: bool = True) -> Iterator[None]:
        """Commit what is done inside, or undo all of it when that or the commit raises.

        When a durable transaction has ended, what it wrote is on the disk. Without `is_durable` the operating system
        has it: it survives the end of this process, but a power cut may undo it and every later commit that is not
        durable. The next durable commit that writes anything brings all of them to the disk.
        """
        counts = self.counts.copy()
        self._set_durable(is_durable)
        self.changes_in_memory = 0
        changes = self._connection.total_changes
        self._is_touched = False
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self.counts = counts
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        if self._is_touched or self._connection.total_changes - changes > self.changes_in_memory:
            self.is_synced = is_durable

    def touch(self) -> None:
        """Write a page and change nothing, so that a durable transaction takes all before it to the disk."""
        self.pragma(f"user_version = {len(MIGRATIONS)}")
        self._is_touched = True

    def _set_durable(self, is_durable: bool) -> None:
        if is_durable is not self._is_durable:
            self.pragma(f"synchronous = {'FULL' if is_durable else 'NORMAL'}")
            self._is_durable = is_durable

    def shorten_log(self) -> None:
        """Bring the write-ahead log into the file, so that the next commit begins it again and needs no more disk."""
        with suppress(sqlite3.Error):  # then the log goes on growing, until a commit finds no space and raises
            self.pragma("wal_checkpoint(PASSIVE)")

    def _copy_before_migration(self, path: Path) -> None:
        """Keep the file of the older version: it is needed to go back to that version."""
        copy = path.with_name(f"{path.name}.before-{len(MIGRATIONS)}.sqlite")
        try:
            self.save_as(copy)
            self.copied_to = copy.name
        except (sqlite3.Error, OSError) as error:  # an outbox that does not open would lose events
            self.copy_failure = reason_of(error)

    def empty_log(self) -> None:
        """Bring the whole write-ahead log into the file. Raises `sqlite3.Error` when that is not possible."""
        is_busy, _pages, _moved = self._connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if is_busy:
            raise sqlite3.OperationalError("the write-ahead log is in use")

    def save_as(self, path: Path) -> None:
        """Write everything into a file of its own at `path`, durably, readable by its owner only."""
        unfinished = path.with_name(path.name + ".partial")
        unfinished.unlink(missing_ok=True)
        descriptor = open_file(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            self._connection.execute("VACUUM INTO ?", (str(unfinished),))
            os.fsync(descriptor)
        except BaseException:
            close_and_remove(descriptor, unfinished)
            raise
        os.close(descriptor)
        replace(unfinished, path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def run(self, query: str, /, **parameters: object) -> sqlite3.Cursor:
        """Execute a statement of queries.sql by its name, inside a transaction."""
        return self._connection.execute(QUERIES[query], parameters)

    def run_many(self, query: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Execute a statement of queries.sql once for each row of parameters, inside a transaction."""
        self._connection.executemany(QUERIES[query], rows).close()

    def pragma(self, text: str) -> int:
        """Execute a PRAGMA; gives the number that it answers with, or 0."""
        value = self._connection.execute(f"PRAGMA {text}").fetchone()
        return value[0] if value and isinstance(value[0], int) else 0
