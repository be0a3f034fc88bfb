"""The outbox: events come in from the video thread, deliveries go out to couriers, one writer thread is between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from securos_trigger.errors import OutboxError
from securos_trigger.model import Delivery, Event
from securos_trigger.notices import Announcer
from securos_trigger.outbox import backlog, inspection
from securos_trigger.outbox.clock_shifts import Age, ClockShifts
from securos_trigger.outbox.file import OutboxFile
from securos_trigger.outbox.forks import leave_in_children
from securos_trigger.outbox.identity import check_is_outbox, has_traces
from securos_trigger.outbox.input_rows import KeptWithRows, RowChanges, input_rows, keep_with_rows
from securos_trigger.outbox.limits import KEEP_RELAYED_S, Limits
from securos_trigger.outbox.listener import Listener, OnAlreadyThere, OnKept, OnNotKept
from securos_trigger.outbox.lock import READERS_END_WITHIN_S, OutboxLock
from securos_trigger.outbox.messages import Claim, Job, Message, Put, Settle, Stop
from securos_trigger.outbox.redirect import Redirected, redirect_all
from securos_trigger.outbox.rows import (
    Backlog,
    GivenUp,
    Oldest,
    RelayOutcome,
    Row,
    Search,
    Selection,
    Settlement,
    State,
)
from securos_trigger.outbox.store import Store
from securos_trigger.outbox.writer import Writer
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.worker import Worker

T = TypeVar("T")

#: After a bug the writer pauses no longer than this: events wait in memory meanwhile.
_LONGEST_PAUSE_S: Final = 1.0


class Outbox:
    """A durable queue of events on their way to SecurOS receivers, in one SQLite file that this process owns.

    `on_kept(event)` is called after the commit that holds the event has returned, `on_already_there(event)` when the
    file had an event of this id for this target before, and `on_not_kept(event, why)` when an event that `put` accepted
    could not be kept. They run on the writer thread and must be quick.

    `queue_limit` bounds what waits in memory for the disk, `max_bytes` and `max_rows` what waits on it. Delivered
    rows stay for `keep_delivered_s`, dead letters for `keep_dead_s` (seconds), relayed ones for eight days; delivered
    rows, then relayed ones, are removed earlier when a limit is reached. `clock` gives Unix seconds.

    Raises `OutboxOwnedError` when another process owns the file, `OutboxError` when it cannot be opened. A damaged
    file is set aside under a new name and an empty one takes its place; without `is_owner`, which is for a look at the
    file, it is an `OutboxError` instead. In a forked process an outbox accepts nothing: the parent owns the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        announcer: Announcer,
        on_kept: OnKept | None = None,
        on_already_there: OnAlreadyThere | None = None,
        on_not_kept: OnNotKept | None = None,
        queue_limit: int = 10_000,
        max_bytes: int = 2 * 1024**3,
        max_rows: int = 5_000_000,
        keep_delivered_s: float = 24 * 3600.0,
        keep_dead_s: float = 30 * 24 * 3600.0,
        clock: Callable[[], float] = time.time,
        is_owner: bool = True,
    ) -> None:
        path = real_path(path)  # so that a link to the file is the same file, with the same owner
        self.path = path
        self._queue_limit = queue_limit
        self._queue: SimpleQueue[Message] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed_because = ""  # it is open
        self._clock = clock
        self._clocks = ClockShifts(clock)
        traces = has_traces(path)  # before there is a lock file of ours
        lock = OutboxLock(path, is_owner=is_owner, wait_s=READERS_END_WITHIN_S if is_owner else 0.0)
        keep_s = {State.DELIVERED: keep_delivered_s, State.DEAD: keep_dead_s, State.RELAYED: KEEP_RELAYED_S}
        self.limits = limits = Limits(max_bytes, max_rows, keep_s)
        listener = Listener(on_kept, on_already_there, on_not_kept, announcer)
        try:
            check_is_outbox(path, has_traces=traces)
            self._file = file = OutboxFile(path, lock, limits, announcer=announcer, clock=clock, is_owner=is_owner)
            self._writer = Writer(
                path, file, self._queue, announcer=announcer, listener=listener, keep_s=keep_s, clocks=self._clocks
            )
        except BaseException as error:
            lock.release(is_refused=isinstance(error, OutboxError))
            raise
        self._thread = self._start_thread(announcer)
        leave_in_children(self)

    def _start_thread(self, announcer: Announcer) -> Worker:
        serve = self._writer.serve_group
        thread = Worker("outbox-writer", serve, announcer, last=self._end, longest_pause_s=_LONGEST_PAUSE_S)
        thread.start()
        return thread

    def leave_to_parent(self) -> None:
        """Close in a forked process, which does not have the writer's thread."""
        self._gate = threading.Lock()  # a thread that the fork left behind may have held it
        self._closed_because = "it belongs to the parent of this process"
        self._file.leave_to_parent()

    def put(self, event: Event, target: str, *, comes_again: bool = False) -> bool:
        """Hand an event over to be kept for a target. Never blocks; microseconds; from any thread.

        False: not accepted; `refusal` says why. True is not yet *kept*: `on_kept`,
        `on_already_there` or `on_not_kept` follows. `event.captured_at` must be set. `comes_again`: the
        caller offers the event again until it is kept, so it is never counted as lost.
        """
        assert event.captured_at is not None, "a host stamps captured_at before it puts an event"
        with self._gate:
            if self._closed_because or self._queue.qsize() >= self._queue_limit:
                return False
            self._queue.put(Put(event, target, comes_again, self._clocks.read()))
            return True

    def refusal(self) -> str:
        """Say why `put` has just accepted nothing."""
        return self._closed_because or f"{self._queue_limit:,} events wait in memory for the disk already"

    def keep_with_rows(
        self, events: Sequence[tuple[Event, str]], input_name: str, changes: RowChanges
    ) -> Future[KeptWithRows]:
        """Keep events, each for its target, together with what their input knows now: all or nothing.

        The owner is not called back: the future says which events are new, or has OutboxError. Ask again until it is
        done; the same events and rows a second time change nothing.
        """
        return self._with_store(lambda store: keep_with_rows(store, events, input_name, changes, self._clock()))

    def input_rows(self, input_name: str) -> Future[list[tuple[str, dict[str, Any]]]]:
        """Give what an input knew when it was written last, by identity."""
        return self._with_store(lambda store: input_rows(store, input_name))

    def claim(self, target: str, limit: int, *, least_tried_first: bool = False) -> Future[list[Delivery]]:
        """Claim up to `limit` deliveries of a target that are due; they are now `sending`. See `Store.claim`.

        The future resolves when there is at least one, at once or when it comes. There is at most one open claim
        for a target. Cancelling the future withdraws the claim; when it cannot be cancelled, a result follows.
        Each delivery must be settled.
        """
        future: Future[list[Delivery]] = Future()
        self._send(Claim(target, limit, least_tried_first, future), future)
        return future

    def settle(self, delivery: Delivery, settlement: Settlement) -> None:
        """Write down what becomes of a claimed delivery.

        Written in the order of the calls, before any later claim is answered. While the disk cannot be written it is
        kept in memory and tried again. After `close` it is dropped: the delivery goes out once more.
        """
        self.settle_all([(delivery, settlement)])

    def settle_all(self, settlements: Sequence[tuple[Delivery, Settlement]]) -> None:
        """Write down what becomes of several deliveries, which costs little more than one."""
        with self._gate:
            if not self._closed_because:
                self._queue.put(Settle(settlements))

    def take_outcomes(self, outcomes: Sequence[RelayOutcome]) -> Future[set[tuple[str, str]]]:
        """Write down how relayed deliveries ended. Gives target and event id of those that had not ended before."""
        return self._with_store(lambda store: store.take_outcomes(outcomes, self._clock()))

    def without_delivery(self, outcomes: Sequence[RelayOutcome]) -> Future[set[tuple[str, str]]]:
        """Give target and event id of the outcomes whose event is not here, for any target."""
        return self._with_store(lambda store: store.without_delivery(outcomes))

    def age(self, delivery: Delivery) -> Age:
        """Say how old a delivery is, however the clock was set since its frame. Cheap; from any thread."""
        return self._clocks.age(delivery)

    def wake(self, target: str) -> None:
        """Make due at once what waits for its next attempt: the target answers again."""
        self._with_store(lambda store: store.wake(target))

    def counts(self) -> dict[State, int]:
        """Count the deliveries in each state, as of the last commit. Cheap; from any thread."""
        return self._writer.counts()

    def newest(self) -> Future[int]:
        """Give the highest sequence so far; 0 when there is none."""
        return self._with_store(Store.newest)

    def used_bytes(self) -> Future[int]:
        """Say how much of the file is in use."""
        return self._with_store(Store.used_bytes)

    def targets(self) -> tuple[str, ...]:
        """Give the targets with deliveries that are waiting or being sent."""
        return self._with_store(inspection.targets).result()

    def oldest_unsettled(self, targets: Sequence[str]) -> Future[dict[str, Oldest]]:
        """Find the oldest delivery that is waiting or being sent, of each of these targets that has one.

        Cheap, however many wait.
        """
        return self._with_store(lambda store: backlog.oldest_unsettled(store, targets, self._clocks))

    def oldest_undelivered(self, targets: Sequence[str]) -> Future[dict[str, Oldest]]:
        """Find the same, and count also what the cluster has and has not said the end of."""
        return self._with_store(lambda store: backlog.oldest_undelivered(store, targets, self._clocks))

    def backlogs(self, targets: Sequence[str]) -> Future[dict[str, Backlog]]:
        """Say what waits for each of these targets, since when, and how many dead letters it has. Cheap."""
        return self._with_store(lambda store: backlog.backlogs(store, targets, self._clocks))

    def given_up(self) -> Future[list[GivenUp]]:
        """Find the cameras whose latest delivery is a dead letter."""
        return self._with_store(inspection.given_up)

    def dead_cameras(
        self, after: tuple[float, int] | None
    ) -> Future[tuple[set[tuple[str, str]], tuple[float, int] | None]]:
        """Find the targets and cameras that there are dead letters of, a part at a time; see `inspection`."""
        return self._with_store(lambda store: inspection.dead_cameras(store, after))

    def select(self, selection: Selection) -> tuple[list[Row], bool]:
        """Give the rows of a selection, oldest first, and whether there are more of them than `selection.limit`."""
        one_more = replace(selection, limit=selection.limit + 1)
        rows = self._with_store(lambda store: inspection.select(store, one_more)).result()
        return rows[: selection.limit], len(rows) > selection.limit

    def find(self, ids: tuple[str, ...], limit: int = 100) -> list[Row]:
        """Find rows of any state by sequence or event id (or 8 or more of its first characters)."""
        return self._with_store(lambda store: inspection.find(store, ids, limit)).result()

    def search(self, wanted: Search) -> tuple[list[Row], int | None]:
        """Give the newest deliveries that a search means, and where to go on; see `inspection.search`."""
        return self._with_store(lambda store: inspection.search(store, wanted)).result()

    def retry(self, selection: Selection, cameras: Mapping[str, str] = inspection.NO_CORRECTION) -> tuple[int, int]:
        """Put dead letters back, as `retry_all`; gives how many, and the highest sequence that counted.

        Are they `selection.limit`? Then select again with this `last`, or one that dies again is put back for ever.
        """
        return self._with_store(lambda store: inspection.retry_all(store, selection, self._clock(), cameras)).result()

    def drop(self, selection: Selection) -> tuple[int, int]:
        """Delete rows for good; `sending` ones cannot be. Gives the same as `retry`."""
        return self._with_store(lambda store: inspection.drop_all(store, selection)).result()

    def redirect(self, selection: Selection, target: str) -> Redirected:
        """Give deliveries another target, oldest first; see `redirect_all`, and `retry` for a long selection."""
        return self._with_store(lambda store: redirect_all(store, selection, target, self._clock())).result()

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything handed over so far is kept, or reported as not kept.

        False: not within the time, or the disk cannot be written at present.
        """
        try:
            self._with_store(lambda _store: None).result(timeout_s)
        except (TimeoutError, OutboxError):
            return False
        return True

    def close(self, timeout_s: float = 10.0) -> bool:
        """Accept no more, write what is queued, and release the file. False: the disk was not written in time."""
        with self._gate:
            if not self._closed_because:
                self._closed_because = "it is closed"
                self._queue.put(Stop())
        return self._thread.join(timeout_s)

    def _with_store(self, work: Callable[[Store], T]) -> Future[T]:
        future: Future[T] = Future()
        self._send(Job(work, future), future)
        return future

    def _send(self, message: Message, future: Future[T]) -> None:
        with self._gate:
            if not self._closed_because:
                self._queue.put(message)
                return
        future.set_exception(OutboxError(f"The outbox {self.path} cannot be used: {self._closed_because}."))

    def _end(self) -> None:
        with self._gate:
            if not self._closed_because:
                self._closed_because = "its thread has ended; start the process again"
        try:
            self._writer.end(self._closed_because)
        finally:
            self._file.release()
