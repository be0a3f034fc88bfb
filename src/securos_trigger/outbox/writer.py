"""The work of the writer thread: it gathers messages into one commit each, and survives the faults of disks."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer, NoticeKind, kinds
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.outbox.clock_shifts import ClockShifts
from securos_trigger.outbox.commit import Commit
from securos_trigger.outbox.due_clock import DueClock
from securos_trigger.outbox.file import OutboxFile
from securos_trigger.outbox.listener import Listener
from securos_trigger.outbox.messages import Claim, Job, Message, Put, Settle, Stop, refuse
from securos_trigger.outbox.rows import Again, Settlement, State
from securos_trigger.outbox.store import Store, unusable
from securos_trigger.system.reasons import reason_of

_GROUP_LIMIT: Final = 256

#: The writer checks its file at least this often.
_LONGEST_SLEEP_S: Final = 1.0

#: A settlement is on the disk after this long. Until then a power cut may take it back: its delivery is then
#: sent once more, and the receiver, which syncs its own journal as often, knows it by its id. Waiting for the disk
#: with each would halve the rate of deliveries and hold up events, which do wait for it.
_SYNC_AFTER_S: Final = 1.0

_RETRY_AFTER_FAILURE_S: Final = 0.5
_TRIM_EVERY_S: Final = 60.0
_TRIM_AGAIN_AFTER_S: Final = 1.0
_TRIM_LIMIT: Final = 2000
#: On a full disk a commit must stay small.
_TRIM_LIMIT_WHEN_FULL: Final = 100


class Writer:
    """Writes into the file, in one thread: it calls `serve_group` until that gives False, and then `end`.

    Only `counts` may be called from other threads.
    """

    def __init__(
        self,
        path: Path,
        file: OutboxFile,
        queue: SimpleQueue[Message],
        *,
        announcer: Announcer,
        listener: Listener,
        keep_s: Mapping[State, float],
        clocks: ClockShifts,
    ) -> None:
        self._path = path
        self._file = file
        self._queue = queue
        self._announcer = announcer
        self._listener = listener
        self._keep_s = keep_s
        self._clock = clocks.wall
        self._due_clock = DueClock(clocks.wall)
        self._settlements: list[tuple[Delivery, Settlement]] = []  # not on the disk yet, in the order of the calls
        self._claims: dict[str, Claim] = {}  # open, by target
        self._clocks = clocks
        self._taken_up: Store | None = None  # the store that the clock shifts are from
        self._next_due_at_s: float | None = None  # on the due clock
        self._next_trim_at_ticks = time.monotonic() + _TRIM_EVERY_S
        self._sync_at_ticks: float | None = None  # None: everything is on the disk
        self._trouble = ""
        self._lost_count = 0
        self._is_stopping = False
        self._unreported: Commit | None = None  # it has returned, and what it made true is not reported yet
        self._counts: dict[State, int] = {}
        self._commit([], [])
        self._report()

    def counts(self) -> dict[State, int]:
        """Deliveries in each state as of the last commit."""
        return {state: self._counts.get(state, 0) for state in State}

    def serve_group(self, _closing: object = None) -> bool:
        """Wait for messages and serve them with one commit. False: `Stop` was among them, or among those before.

        Raises a bug, after the writer is ready for the next group.
        """
        if self._is_stopping:
            return False
        group = self._next_group()
        self._is_stopping = any(isinstance(message, Stop) for message in group)
        try:
            self._serve(group)
        except BaseException as error:
            self._go_on_after(error, group)
            raise
        return not self._is_stopping

    def end(self, why: str) -> None:
        """Close the file and refuse, because of `why`, the messages that still wait. No more come into the queue."""
        waiting: list[Message] = [*self._claims.values()]
        while not self._queue.empty():
            waiting.append(self._queue.get_nowait())
        lost = refuse(waiting, self._unusable(why))
        try:
            self._listener.report([], [], [(put, why) for put in lost])
            if not self._is_stopping:
                self._note_trouble(why)
            if lost_count := len(self._settlements):
                self._announce(kinds.OUTBOX_SETTLEMENTS_LOST, count=lost_count, reason=self._trouble)
        finally:
            self._file.close()

    def _trim(self, store: Store, now_s: float) -> int:
        """Remove rows that ended, or were relayed, and were kept long enough; gives how many."""
        return sum(store.trim(state, now_s - keep_s, _TRIM_LIMIT) for state, keep_s in self._keep_s.items())

    # -- a group of messages, one commit, and what follows from it

    def _next_group(self) -> list[Message]:
        group: list[Message] = []
        with suppress(Empty):  # there are no more at present
            group.append(self._queue.get(timeout=self._sleep_s()))
            while len(group) < _GROUP_LIMIT:
                group.append(self._queue.get_nowait())
        return group

    def _sleep_s(self) -> float:
        if self._settlements:
            return _RETRY_AFTER_FAILURE_S
        sleep_s = _LONGEST_SLEEP_S
        if self._sync_at_ticks is not None:
            sleep_s = min(sleep_s, self._sync_at_ticks - time.monotonic())
        if self._next_due_at_s is not None:
            sleep_s = min(sleep_s, self._next_due_at_s - self._due_clock.now_s())
        return max(sleep_s, 0.001)

    def _serve(self, group: list[Message]) -> None:
        puts: list[Put] = []
        jobs: list[Job] = []
        for message in group:
            match message:
                case Put():
                    puts.append(message)
                case Settle():
                    self._settlements += message.settlements
                case Claim():
                    self._claims[message.target] = message
                case Job() if message.future.set_running_or_notify_cancel():
                    jobs.append(message)
        if trouble := self._file.check():
            self._note_trouble(trouble)
        try:
            self._commit(puts, jobs)
        except (sqlite3.Error, OutboxError) as error:
            if self._unreported is not None:  # after the commit: what it holds must not be kept twice
                raise
            self._commit_again(puts, jobs, error)
        self._report()

    def _go_on_after(self, error: BaseException, group: list[Message]) -> None:
        """Go on after a bug. A group that was committed before it is kept, and reported as such."""
        if self._unreported is None:
            self._restart(group, error)
        else:
            self._report()

    def _restart(self, group: list[Message], error: BaseException) -> None:
        """Go on as at a start, with nothing of this group committed: what was sending is waiting."""
        why = f"an unexpected error in the outbox: {name_of_bug(error)}"
        self._file.close()
        self._settlements.clear()
        lost = refuse([message for message in group if not isinstance(message, Claim)], self._unusable(why))
        self._unreported = Commit(not_kept=[(put, why) for put in lost])
        self._report()
        self._note_trouble(why)

    def _commit_again(self, puts: list[Put], jobs: list[Job], error: Exception) -> None:
        """After a commit that failed: events are lost rather than piled up; settlements alone may still fit."""
        lost: list[Put] = []
        why = reason_of(error)
        try:
            if not self._file.repair(error):
                lost, puts = puts, []
            done = self._commit(puts, jobs)
        except (sqlite3.Error, OSError, OutboxError) as second_error:
            why = reason_of(second_error)
            self._note_trouble(why)
            self._unreported = done = Commit()
            lost = lost + puts
            refuse(jobs, self._unusable(why))
        done.not_kept.extend((put, why) for put in lost)

    def _commit(self, puts: list[Put], jobs: list[Job]) -> Commit:
        store, done = self._file.ensure_open(), Commit()
        must_sync = self._sync_at_ticks is not None and time.monotonic() >= self._sync_at_ticks
        with store.transaction(is_durable=bool(puts or jobs or must_sync)):
            self._note_clock(store)
            now_s = self._clock()
            if must_sync:
                store.touch()
            store.settle_all(self._settlements, now_s, due_now_s=self._due_clock.now_s())
            for put in puts:
                self._keep(store, put, now_s, done)
            for job in jobs:
                done.answers.append((job.future, job.work(store)))
            self._answer_claims(store, now_s, done)
            if time.monotonic() >= self._next_trim_at_ticks:
                is_done = self._trim(store, now_s) < _TRIM_LIMIT
                self._next_trim_at_ticks = time.monotonic() + (_TRIM_EVERY_S if is_done else _TRIM_AGAIN_AFTER_S)
        self._unreported = done
        done.settled_count = len(self._settlements)
        self._settlements.clear()
        self._tidy_up_after_commit(store)
        return done

    def _tidy_up_after_commit(self, store: Store) -> None:
        self._taken_up = store
        self._clocks.note_written()
        self._counts = dict(store.counts)
        if store.is_disk_full:
            store.shorten_log()
        if store.is_synced:
            self._sync_at_ticks = None
        elif self._sync_at_ticks is None:
            self._sync_at_ticks = time.monotonic() + _SYNC_AFTER_S

    def _note_clock(self, store: Store) -> None:
        """Write down what the clock was set by, before more is kept."""
        if self._taken_up is not store:
            self._clocks.take_up(store.clock_shifts(), store.newest_kept())
        self._clocks.look(store.newest)
        for shift in self._clocks.unwritten():
            store.add_clock_shift(shift)

    def _keep(self, store: Store, put: Put, now_s: float, done: Commit) -> None:
        why = store.full_reason()
        while why and store.make_space(now_s, _TRIM_LIMIT_WHEN_FULL if store.is_disk_full else _TRIM_LIMIT):
            why = store.full_reason()
        if why and not store.has(put.event, put.target):
            done.not_kept.append((put, why))
        elif store.put(put.event, put.target, now_s):
            done.kept.append(put.event)
            self._clocks.note_kept(store.newest, put.handed_over)
        else:
            done.already_there.append(put.event)

    def _answer_claims(self, store: Store, now_s: float, done: Commit) -> None:
        self._next_due_at_s = None
        for target, claim in list(self._claims.items()):
            due = store.claim(target, claim.limit, self._due_clock.now_s(), least_tried_first=claim.least_tried_first)
            if due and claim.is_withdrawn():
                for delivery in due:
                    store.settle(delivery, Again(), now_s)
                del self._claims[target]
            elif due:
                done.answers.append((claim.future, due))
            else:
                self._note_due(store.next_due_at_s(target))

    def _note_due(self, due_at_s: float | None) -> None:
        if due_at_s is not None:
            self._next_due_at_s = due_at_s if self._next_due_at_s is None else min(due_at_s, self._next_due_at_s)

    def _report(self) -> None:
        """Report what the commit, which has returned, made true; each thing once, also when a bug interrupts it."""
        done = self._unreported
        assert done is not None, "a commit has returned, or failed for good"
        while done.answers:
            future, answer = done.answers.pop(0)
            future.set_result(answer)
        for target in [target for target, claim in self._claims.items() if claim.future.done()]:
            del self._claims[target]
        self._unreported = None
        self._listener.report(done.kept, done.already_there, done.not_kept)
        if done.not_kept:
            self._note_trouble(done.not_kept[0][1])
            self._lost_count += sum(not put.comes_again for put, _ in done.not_kept)
        elif self._trouble and (done.kept or (done.settled_count and self._file.has_space)):
            self._announce(kinds.OUTBOX_RECOVERED, count=self._lost_count)
            self._trouble, self._lost_count = "", 0

    def _note_trouble(self, why: str) -> None:
        if self._trouble != why:
            self._trouble = why
            self._announce(kinds.OUTBOX_FAILING, reason=why)

    def _unusable(self, why: str) -> OutboxError:
        return unusable(self._path, why)

    def _announce(self, kind: NoticeKind, **fields: object) -> None:
        self._announcer.announce(kind, path=self._path, **fields)
