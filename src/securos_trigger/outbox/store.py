"""The outbox file: one SQLite connection and what is asked of it. No thread, no queue, no clock.

WAL; the commit of a durable transaction has returned when it is on the disk, and survives a power cut. Every method
but `transaction` runs inside a transaction. SQLite's own errors are let through; the writer decides what they cost.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.model import Delivery, Event
from securos_trigger.outbox.queries import MIGRATIONS, QUERIES
from securos_trigger.outbox.rows import (
    Again,
    Dead,
    Done,
    Oldest,
    Row,
    Selection,
    Settlement,
    State,
    delivery_of,
    ending_of,
    lanes_of,
    parameters_of,
    row_of,
    state_after,
)

#: Above `max_bytes` there is room for acknowledgements: an outbox that takes no more events must still be emptied.
ROOM_FOR_ACKNOWLEDGEMENTS_BYTES: Final = 4 * 1024 * 1024

#: On a full disk events are kept only in pages that the file has already.
DISK_IS_FULL: Final = "the disk is full"
_PAGES_FOR_EVENTS: Final = 64

_BUSY_TIMEOUT_S: Final = 2.0
_CACHE_KIB: Final = 8192
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_damage(error: sqlite3.Error) -> bool:
    """True when the error says that the file is not a sound database."""
    code = getattr(error, "sqlite_errorcode", 0)
    return (code & 0xFF) in _DAMAGE


class Store:
    """An open outbox file of at most about `max_bytes`, in which at most `max_rows` deliveries are kept.

    Raises `sqlite3.Error` when the file cannot be opened or is damaged, `OutboxError` when a newer version wrote it.
    """

    def __init__(self, path: Path, *, max_bytes: int, max_rows: int) -> None:
        self.counts: Counter[State] = Counter()
        self.is_disk_full = False  # the file must not grow
        self.is_synced = True  # nothing is committed that a power cut could take back
        self._is_durable: bool | None = None  # the kind of transaction that the connection is set to
        self._is_touched = False
        self._changes_in_memory = 0  # by the transaction under way, to what does not stand in the file
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            self._connection.row_factory = sqlite3.Row
            self._set_up(path)
            with self.transaction():
                self._run("wake_all").close()
                self.counts.update({State(row[0]): int(row[1]) for row in self._run("counts").fetchall()})
        except BaseException:
            self._connection.close()
            raise

    def _set_up(self, path: Path) -> None:
        pragma = self._pragma
        pragma("journal_mode = WAL")
        self._set_durable(True)
        pragma(f"cache_size = -{_CACHE_KIB}")
        page_bytes = pragma("page_size")
        self._max_pages = max(16, self._max_bytes // page_bytes)
        pragma(f"max_page_count = {self._max_pages + ROOM_FOR_ACKNOWLEDGEMENTS_BYTES // page_bytes}")
        version = pragma("user_version")
        if version > len(MIGRATIONS):
            raise OutboxError(
                f"The outbox {path} was written by a newer version of securos-trigger. "
                "Install that version, or name another file."
            )
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            self._connection.executescript(f"BEGIN;{migration};PRAGMA user_version = {number};COMMIT;")
        pragma("temp_store = MEMORY")
        self._run("being_sent").close()

    @contextmanager
    def transaction(self, *, is_durable: bool = True) -> Iterator[None]:
        """All or nothing. When this returns, what was done inside is on the disk; when it raises, nothing is.

        Without `is_durable` the commit is with the operating system only: it survives the end of this process, and a
        power cut may take it back, alone or together with later ones like it. The next durable commit that writes
        anything brings it to the disk.
        """
        counts = self.counts.copy()
        self._set_durable(is_durable)
        self._changes_in_memory = 0
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
        if self._is_touched or self._connection.total_changes - changes > self._changes_in_memory:
            self.is_synced = is_durable

    def touch(self) -> None:
        """Write a page and change nothing, so that a durable transaction takes all before it to the disk."""
        self._pragma(f"user_version = {len(MIGRATIONS)}")
        self._is_touched = True

    def _set_durable(self, is_durable: bool) -> None:
        if is_durable is not self._is_durable:
            self._pragma(f"synchronous = {'FULL' if is_durable else 'NORMAL'}")
            self._is_durable = is_durable

    def shorten_log(self) -> None:
        """Bring the write-ahead log into the file, so that the next commit begins it anew and takes no more disk."""
        with suppress(sqlite3.Error):  # then the log goes on growing, and the commit that finds no room tells
            self._pragma("wal_checkpoint(PASSIVE)")

    def save_as(self, path: Path) -> None:
        """Write everything into a new file at `path`."""
        self._connection.execute("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # -- events come in

    def full_reason(self) -> str:
        """Why no more events fit; empty when they do. Delivered rows make room first: see `trim`."""
        if self.counts.total() >= self._max_rows:
            return f"its limit of {self._max_rows} deliveries is reached"
        free_pages = self._pragma("freelist_count")
        if self.is_disk_full and free_pages < _PAGES_FOR_EVENTS:
            return DISK_IS_FULL
        used_pages = self._pragma("page_count") - free_pages
        if used_pages >= self._max_pages:
            return f"its limit of {self._max_bytes} bytes is reached"
        return ""

    def put(self, event: Event, target: str, kept_at_s: float) -> None:
        """Keep an event for a target; once more for the same target is no change."""
        parameters = parameters_of(event, target, kept_at_s)
        with closing(self._run("put", **parameters)) as cursor:
            if cursor.rowcount == 0:
                return
            sequence = cursor.lastrowid
        self._run("enter_lanes", target=target, sequence=sequence, lanes=parameters["lanes"]).close()
        self.counts[State.WAITING] += 1

    # -- deliveries go out

    def claim(self, target: str, limit: int, now_s: float, *, least_tried_first: bool = False) -> list[Delivery]:
        """Up to `limit` deliveries that are due, now `sending`, oldest first. Writes nothing into the file."""
        name = "claim_least_tried" if least_tried_first else "claim"
        rows = self._run(name, target=target, limit=limit, now_s=now_s).fetchall()
        deliveries = []
        for row in rows:
            try:
                deliveries.append(delivery_of(row))
            except (TypeError, ValueError) as error:
                self._bury(row["sequence"], error, now_s)
        if deliveries:
            self._hand_out(deliveries)
        return sorted(deliveries, key=lambda delivery: delivery.sequence)

    def _hand_out(self, deliveries: list[Delivery]) -> None:
        self._run("hand_out", deliveries=_named(deliveries)).close()
        self._count_in_memory(State.WAITING, State.SENDING, len(deliveries))

    def _take_back(self, deliveries: list[Delivery]) -> set[int]:
        """Gives the sequences of those that a courier had."""
        rows = self._run("take_back", deliveries=_named(deliveries)).fetchall()
        self._count_in_memory(State.SENDING, State.WAITING, len(rows))
        return {row["sequence"] for row in rows}

    def _count_in_memory(self, before: State, after: State, number: int) -> None:
        self._changes_in_memory += number
        self.counts[before] -= number
        self.counts[after] += number

    def _bury(self, sequence: int, error: Exception, now_s: float) -> None:
        """A row that makes no sense must not hold up its cameras, nor be claimed for ever. Its texts stay."""
        reason = f"the row cannot be read: {type(error).__name__}: {error}"
        self._run("bury", sequence=sequence, reason=reason, now_s=now_s).close()
        self.counts[State.WAITING] -= 1
        self.counts[State.DEAD] += 1
        places = [tuple(row) for row in self._run("leave_all_lanes", sequence=sequence).fetchall()]
        if places:
            self._run("advance_lanes", places=json.dumps(places)).close()

    def next_due_at_s(self, target: str) -> float | None:
        """When the next delivery of a target may be due (Unix seconds), None when none stands ready."""
        due_at_s: float | None = self._run("next_due", target=target).fetchone()[0]
        return due_at_s

    def wake(self, target: str) -> None:
        """What waits for a repeat is due at once."""
        self._run("wake", target=target).close()

    def settle(self, delivery: Delivery, settlement: Settlement, now_s: float) -> None:
        """Write down how a claimed delivery ended. A delivery that is not there any more is no change."""
        self.settle_all([(delivery, settlement)], now_s)

    def settle_all(self, settlements: Iterable[tuple[Delivery, Settlement]], now_s: float) -> None:
        """The same for several. The ends are written together: a statement costs more than the rows it changes."""
        ended: list[tuple[Delivery, Done | Dead]] = []
        for delivery, settlement in settlements:
            if isinstance(settlement, Again):
                self._send_again(delivery, settlement)
            else:
                ended.append((delivery, settlement))
        if ended:
            self._finish(ended, now_s)

    def _finish(self, ended: list[tuple[Delivery, Done | Dead]], now_s: float) -> None:
        had = self._take_back([delivery for delivery, _ in ended])
        endings = json.dumps([ending_of(delivery, end) for delivery, end in ended if delivery.sequence in had])
        finished = {row["sequence"] for row in self._run("finish", endings=endings, now_s=now_s).fetchall()}
        for delivery, end in ended:
            if delivery.sequence in finished:
                self.counts[State.WAITING] -= 1
                self.counts[state_after(end)] += 1
        self._leave((delivery, delivery.camera_ids) for delivery, _ in ended if delivery.sequence in finished)

    def _send_again(self, delivery: Delivery, again: Again) -> None:
        if not self._take_back([delivery]):
            return
        remaining = again.remaining_camera_ids
        with closing(
            self._run(
                "send_again",
                sequence=delivery.sequence,
                event_id=delivery.event_id,
                due_at_s=again.due_at_s,
                reason=again.reason,
                attempts=int(again.was_answered),
                remaining_camera_ids=None if remaining is None else json.dumps(remaining),
            )
        ) as cursor:
            if cursor.rowcount == 0:
                return
        holds = remaining if again.holds_camera_ids is None else again.holds_camera_ids
        if holds is not None:
            free = tuple(camera for camera in delivery.camera_ids if camera not in holds)
            if free or not delivery.camera_ids:
                self._leave([(delivery, free)])

    def _leave(self, deliveries: Iterable[tuple[Delivery, tuple[str, ...]]]) -> None:
        """Each delivery stops holding up the lanes of these cameras (none: the lane of events without camera)."""
        places = [(one.target, lane, one.sequence) for one, camera_ids in deliveries for lane in lanes_of(camera_ids)]
        left = self._run("leave_lanes", places=json.dumps(places)).fetchall()
        if left:
            self._run("advance_lanes", places=json.dumps([tuple(row) for row in left])).close()

    # -- looking and tidying

    def targets(self) -> tuple[str, ...]:
        """Targets that have deliveries which are not settled."""
        return tuple(row[0] for row in self._run("targets").fetchall())

    def oldest_unsettled(self, targets: Sequence[str]) -> dict[str, Oldest]:
        """The oldest unsettled delivery of each of these targets that has one; cheap, however many wait."""
        rows = self._run("oldest_unsettled", targets=json.dumps(targets)).fetchall()
        return {row["target"]: Oldest(row["sequence"], row["since_s"]) for row in rows}

    def newest(self) -> int:
        """The highest sequence so far."""
        newest: int = self._run("newest").fetchone()[0]
        return newest

    def select(self, selection: Selection) -> list[Row]:
        """The rows that a person means, oldest first."""
        last = self.newest() if selection.last is None else selection.last
        which = {"state": selection.state, "reason": selection.reason, "last": last, "limit": selection.limit}
        which["target"] = selection.target
        if selection.ids:
            return self._wanted(selection.ids, which)
        is_settled = selection.state in (State.DELIVERED, State.DEAD)
        query = "select_settled" if is_settled else f"select_{selection.state}"
        return [row_of(row) for row in self._run(query, **which).fetchall()]

    def find(self, ids: tuple[str, ...], limit: int) -> list[Row]:
        """Rows of any state by number or event id."""
        return self._wanted(ids, {"state": None, "reason": "", "target": "", "last": self.newest(), "limit": limit})

    def _wanted(self, ids: tuple[str, ...], which: Mapping[str, object]) -> list[Row]:
        rows = self._run("select_wanted", wanted=json.dumps(ids), **which).fetchall()
        return [row_of(row) for row in rows]

    def retry(self, delivery: Delivery, now_s: float) -> None:
        """A dead letter waits again, behind all that is kept now."""
        new = self.newest() + 1
        lanes = json.dumps(lanes_of(delivery.camera_ids))
        place = {"target": delivery.target, "lanes": lanes}
        self._run("retry", sequence=delivery.sequence, new_sequence=new, now_s=now_s, **place).close()
        self._run("enter_lanes", sequence=new, **place).close()
        self.counts[State.DEAD] -= 1
        self.counts[State.WAITING] += 1

    def drop(self, row: Row) -> None:
        """Throw a row away that no courier has."""
        with closing(self._run("drop", sequence=row.delivery.sequence)) as cursor:
            if cursor.rowcount == 0:
                return
        self.counts[row.state] -= 1
        if row.state is State.WAITING:
            self._leave([(row.delivery, row.delivery.camera_ids)])

    def trim(self, state: State, before_s: float, limit: int) -> int:
        """Remove up to `limit` rows of a settled state that ended before an instant; gives how many."""
        with closing(self._run("trim", state=state, before_s=before_s, limit=limit)) as cursor:
            removed = cursor.rowcount
        self.counts[state] -= removed
        return removed

    def _run(self, query: str, /, **parameters: object) -> sqlite3.Cursor:
        return self._connection.execute(QUERIES[query], parameters)

    def _pragma(self, text: str) -> int:
        value = self._connection.execute(f"PRAGMA {text}").fetchone()
        return value[0] if value and isinstance(value[0], int) else 0


def _named(deliveries: list[Delivery]) -> str:
    return json.dumps({one.sequence: one.event_id for one in deliveries})
