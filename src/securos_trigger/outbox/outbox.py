"""The outbox: events in from the video thread, deliveries out to couriers, one writer thread in between."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Final, TypeVar

from securos_trigger.errors import OutboxError
from securos_trigger.model import Delivery, Event
from securos_trigger.notices import Announcer
from securos_trigger.outbox import inspection
from securos_trigger.outbox.file import OutboxFile
from securos_trigger.outbox.lock import OutboxLock
from securos_trigger.outbox.messages import Claim, Job, Message, Put, Settle, Stop
from securos_trigger.outbox.rows import Oldest, Row, Selection, Settlement, State
from securos_trigger.outbox.store import Store
from securos_trigger.outbox.writer import Writer
from securos_trigger.system.worker import Worker

T = TypeVar("T")

OnKept = Callable[[Event], None]
OnNotKept = Callable[[Event, str], None]

#: After a bug the writer pauses no longer than this: events wait in memory meanwhile.
_LONGEST_PAUSE_S: Final = 1.0

_opened: weakref.WeakSet[Outbox] = weakref.WeakSet()


def _leave_all_to_parent() -> None:
    for outbox in _opened:
        outbox._leave_to_parent()


os.register_at_fork(after_in_child=_leave_all_to_parent)


class Outbox:
    """A durable queue of events on their way to SecurOS receivers, in one SQLite file that this process owns.

    `on_kept(event)` is called after the commit that holds the event has returned; `on_not_kept(event, why)` when an
    event that `put` accepted could not be kept. Both run on the writer thread and must be quick.

    `queue_limit` bounds what waits in memory for the disk, `max_bytes` and `max_rows` what waits on it. Delivered
    rows stay for `keep_delivered_s`, dead letters for `keep_dead_s` (seconds); delivered rows make room earlier when
    a limit is reached. `clock` gives Unix seconds.

    Raises `OutboxOwnedError` when another process owns the file, `OutboxError` when it cannot be opened. A damaged
    file is set aside under a new name and an empty one takes its place, but not without `is_owner`: who only wants to
    look is told instead. In a forked process an outbox takes nothing any more: the parent owns the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        announcer: Announcer,
        on_kept: OnKept | None = None,
        on_not_kept: OnNotKept | None = None,
        queue_limit: int = 10_000,
        max_bytes: int = 2 * 1024**3,
        max_rows: int = 5_000_000,
        keep_delivered_s: float = 24 * 3600.0,
        keep_dead_s: float = 30 * 24 * 3600.0,
        clock: Callable[[], float] = time.time,
        is_owner: bool = True,
    ) -> None:
        path = path.resolve()  # so that a link to the file is the same file, with the same owner
        self.path = path
        self._queue_limit = queue_limit
        self._queue: SimpleQueue[Message] = SimpleQueue()
        self._gate = threading.Lock()
        self._is_open = True
        self._clock = clock
        self._lock = OutboxLock(path)
        try:
            file = OutboxFile(
                path,
                lambda: Store(path, max_bytes=max_bytes, max_rows=max_rows),
                announcer=announcer,
                clock=clock,
                is_owner=is_owner,
            )
            self._writer = Writer(
                path,
                file,
                self._queue,
                announcer=announcer,
                on_kept=on_kept,
                on_not_kept=on_not_kept,
                keep_s={State.DELIVERED: keep_delivered_s, State.DEAD: keep_dead_s},
                clock=clock,
            )
        except BaseException:
            self._lock.release()
            raise
        self._thread = Worker(
            "outbox-writer",
            lambda _closing: self._writer.serve_group(),
            announcer,
            last=self._end,
            longest_pause_s=_LONGEST_PAUSE_S,
        )
        self._thread.start()
        _opened.add(self)

    def _leave_to_parent(self) -> None:
        """This is a forked process, without the writer's thread."""
        self._gate = threading.Lock()  # another thread may have held it, and is not here
        self._is_open = False
        self._lock.release()

    def put(self, event: Event, target: str, *, comes_again: bool = False) -> bool:
        """Hand an event over to be kept for a target. Never blocks; microseconds; from any thread.

        False: not accepted, because the queue is full or the outbox is closed. True is not yet *kept*: `on_kept`
        or `on_not_kept` follows. `event.captured_at` must be set. `comes_again`: the caller offers the event again
        until it is kept, so it is never counted as lost.
        """
        assert event.captured_at is not None, "a host stamps captured_at before it puts an event"
        with self._gate:
            if not self._is_open or self._queue.qsize() >= self._queue_limit:
                return False
            self._queue.put(Put(event, target, comes_again))
            return True

    def claim(self, target: str, limit: int, *, least_tried_first: bool = False) -> Future[list[Delivery]]:
        """Up to `limit` deliveries of a target that are due, oldest first; they are now `sending`.

        The future resolves when there is at least one, at once or when it comes. There is at most one open claim
        for a target. Cancelling the future withdraws the claim; when it cannot be cancelled, a result follows.
        Each delivery must be settled.
        """
        future: Future[list[Delivery]] = Future()
        self._send(Claim(target, limit, least_tried_first, future), future)
        return future

    def settle(self, delivery: Delivery, settlement: Settlement) -> None:
        """Write down how a claimed delivery ended.

        Written in the order of the calls, before any later claim is answered. While the disk takes nothing it is
        kept in memory and tried again. After `close` it is dropped: the delivery goes out once more.
        """
        self.settle_all([(delivery, settlement)])

    def settle_all(self, settlements: Sequence[tuple[Delivery, Settlement]]) -> None:
        """The same for several deliveries, which costs little more than for one."""
        with self._gate:
            if self._is_open:
                self._queue.put(Settle(settlements))

    def wake(self, target: str) -> None:
        """Make due at once what waits for a repeat: the target answers again."""
        self._with_store(lambda store: store.wake(target))

    def counts(self) -> dict[State, int]:
        """How many deliveries stand in each state, as of the last commit. Cheap; from any thread."""
        return self._writer.counts()

    def targets(self) -> tuple[str, ...]:
        """Targets with deliveries that are not settled."""
        return self._with_store(inspection.targets).result()

    def oldest_unsettled(self, targets: Sequence[str]) -> Future[dict[str, Oldest]]:
        """The oldest unsettled delivery of each of these targets that has one; cheap, however many wait."""
        return self._with_store(lambda store: inspection.oldest_unsettled(store, targets))

    def listing(self, state: State, limit: int = 100) -> list[Row]:
        """Up to `limit` rows of one state, oldest first."""
        return self._with_store(lambda store: inspection.select(store, Selection(state, limit=limit))).result()

    def select(self, selection: Selection) -> tuple[list[Row], bool]:
        """The rows that are meant, oldest first, and whether there are more of them than `selection.limit`."""
        one_more = replace(selection, limit=selection.limit + 1)
        rows = self._with_store(lambda store: inspection.select(store, one_more)).result()
        return rows[: selection.limit], len(rows) > selection.limit

    def find(self, ids: tuple[str, ...], limit: int = 100) -> list[Row]:
        """Rows of any state by number or event id (or 8 or more of its first characters)."""
        return self._with_store(lambda store: inspection.find(store, ids, limit)).result()

    def retry(self, selection: Selection) -> tuple[int, int]:
        """Put dead letters back, oldest first: they wait behind all that is kept now.

        Gives how many, and the highest number that counted. When that is `selection.limit` there may be more: select
        again with this `last`, so that one that dies again meanwhile is not put back for ever.
        """
        return self._with_store(lambda store: inspection.retry_all(store, selection, self._clock())).result()

    def drop(self, selection: Selection) -> tuple[int, int]:
        """Throw rows away for good; `sending` ones cannot be. Gives the same as `retry`."""
        return self._with_store(lambda store: inspection.drop_all(store, selection)).result()

    def trim(self, now_s: float) -> int:
        """Remove settled rows that have been kept long enough (Unix seconds); gives how many. Also done by itself."""
        return self._with_store(lambda store: self._writer.trim(store, now_s)).result()

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything handed over so far is settled: kept, or reported as not kept.

        False: not within the time, or the disk takes nothing at present.
        """
        done = self._with_store(lambda _store: None)
        try:
            done.result(timeout_s)
        except (TimeoutError, OutboxError):
            return False
        return True

    def close(self, timeout_s: float = 10.0) -> bool:
        """Take no more, write what is queued, and give the file up. False: the disk did not take it in time."""
        with self._gate:
            if self._is_open:
                self._is_open = False
                self._queue.put(Stop())
        return self._thread.join(timeout_s)

    def _with_store(self, work: Callable[[Store], T]) -> Future[T]:
        future: Future[T] = Future()
        self._send(Job(work, future), future)
        return future

    def _send(self, message: Message, future: Future[T]) -> None:
        with self._gate:
            if self._is_open:
                self._queue.put(message)
                return
        future.set_exception(OutboxError(f"The outbox {self.path} is closed."))

    def _end(self) -> None:
        with self._gate:
            self._is_open = False
        try:
            self._writer.end()
        finally:
            self._lock.release()
