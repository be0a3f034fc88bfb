"""The deliveries in the outbox file: events come in, deliveries go out. No thread, no queue, no clock.

Every method runs inside a transaction (`Database.transaction`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.errors.wording import sentence
from securos_trigger.model import Delivery, Event
from securos_trigger.outbox.clock_shifts import ClockShift
from securos_trigger.outbox.database import Database
from securos_trigger.outbox.row_reading import delivery_of, row_of
from securos_trigger.outbox.rows import (
    UNREADABLE,
    Again,
    End,
    RelayOutcome,
    Settlement,
    State,
    ending_of,
    lanes_of,
    outcome_entry,
    parameters_of,
    state_after,
)
from securos_trigger.system.reasons import DISK_IS_FULL
from securos_trigger.system.write_advice import space_advice

_PAGES_FOR_EVENTS: Final = 64


def unusable(path: Path, why: str) -> OutboxError:
    """The error that the outbox at `path` cannot be used, and what to do where its disk is full."""
    fix = f" {sentence(space_advice(path.parent))}" if DISK_IS_FULL in why else ""
    return OutboxError(f"The outbox {path} cannot be used: {why}.{fix}")


class Store(Database):
    """An open outbox file in which at most `max_rows` deliveries are kept."""

    def __init__(self, path: Path, *, max_bytes: int, max_rows: int) -> None:
        self.is_disk_full = False
        self._full_at_pages = 0  # on a full disk the file must not grow beyond that
        self._max_rows = max_rows
        super().__init__(path, max_bytes=max_bytes)

    # -- events come in

    def let_grow(self, left_bytes: int | None) -> None:
        """Let events take this much more of a full disk; None: it is not full. Asked before each transaction."""
        self.is_disk_full = left_bytes is not None
        if left_bytes is not None:  # what is written is in the log first, and then in the file
            self._full_at_pages = self.pragma("page_count") + left_bytes // (2 * self.pragma("page_size"))

    def full_reason(self) -> str:
        """Say why no more events fit; empty when they do. `make_space` comes first."""
        if self.counts.total() >= self._max_rows:
            return f"the outbox is full: its limit of {self._max_rows:,} deliveries is reached"
        free_pages = self.pragma("freelist_count")
        pages = self.pragma("page_count")
        if self.is_disk_full and free_pages < _PAGES_FOR_EVENTS and pages >= self._full_at_pages:
            return DISK_IS_FULL
        used_pages = pages - free_pages
        if used_pages >= self.max_pages:
            return f"the outbox is full: its limit of {self.max_bytes / 1024**2:g} MB is reached (outbox.max_size_mb)"
        return ""

    def put(self, event: Event, target: str, kept_at_s: float) -> bool:
        """Keep an event for a target. False: it is there already, and nothing is changed."""
        parameters = parameters_of(event, target, kept_at_s)
        with closing(self.run("put", **parameters)) as cursor:
            if cursor.rowcount == 0:
                return False
            sequence = cursor.lastrowid
        self.run("enter_lanes", target=target, sequence=sequence, lanes=parameters["lanes"]).close()
        self.counts[State.WAITING] += 1
        return True

    def has(self, event: Event, target: str) -> bool:
        """True when the event is there for a target, in any state."""
        parameters = parameters_of(event, target, 0.0)
        found = self.run("has", target=target, event_id=parameters["event_id"]).fetchone()
        return found is not None

    # -- the clock

    def newest(self) -> int:
        """Give the highest sequence so far; 0 when there is none."""
        sequence: int = self.run("newest").fetchone()[0]
        return sequence

    def newest_kept(self) -> tuple[int, float] | None:
        """Give the delivery that was kept or put back last, and when (Unix seconds); None when there is none."""
        row = self.run("newest_kept").fetchone()
        return None if row is None else (row["sequence"], row["at_s"])

    def clock_shifts(self) -> list[ClockShift]:
        """Read what the clock was set by, and forget what counts for no delivery that waits."""
        self.run("forget_clock_shifts").close()
        return [ClockShift(*row) for row in self.run("clock_shifts").fetchall()]

    def add_clock_shift(self, shift: ClockShift) -> None:
        """Write down that the clock was set."""
        self.run("add_clock_shift", **asdict(shift)).close()

    # -- deliveries go out

    def claim(self, target: str, limit: int, now_s: float, *, least_tried_first: bool = False) -> list[Delivery]:
        """Claim up to `limit` deliveries that are due, in the order of their sequences.

        The oldest are taken, and for a quarter of the places the newest; with `least_tried_first` those that were due
        first. A claim is not in the file. A row that cannot be read is written: it becomes a dead letter.
        """
        name = "claim_least_tried" if least_tried_first else "claim"
        rows = self.run(name, target=target, limit=limit, now_s=now_s).fetchall()
        deliveries = []
        for row in rows:
            try:
                deliveries.append(delivery_of(row))
            except (TypeError, ValueError) as error:
                self._bury(row["sequence"], error, now_s)
        if deliveries:
            self.hand_out(deliveries)
        return sorted(deliveries, key=lambda delivery: delivery.sequence)

    def hand_out(self, deliveries: list[Delivery]) -> None:
        """Note that couriers have these deliveries; that is not in the file."""
        self.run("hand_out", deliveries=_named(deliveries)).close()
        self._count_in_memory(State.WAITING, State.SENDING, len(deliveries))

    def _take_back(self, deliveries: list[Delivery]) -> set[int]:
        """End the sending of deliveries; gives the sequences of those that a courier had."""
        rows = self.run("take_back", deliveries=_named(deliveries)).fetchall()
        self._count_in_memory(State.SENDING, State.WAITING, len(rows))
        return {row["sequence"] for row in rows}

    def _count_in_memory(self, before: State, after: State, count: int) -> None:
        self.changes_in_memory += count
        self.counts[before] -= count
        self.counts[after] += count

    def _bury(self, sequence: int, error: Exception, now_s: float) -> None:
        """Make a dead letter of a row that cannot be read: it must not hold up its cameras. Its texts stay."""
        reason = f"{UNREADABLE}: {error}"
        self.run("bury", sequence=sequence, reason=reason, now_s=now_s).close()
        self.counts[State.WAITING] -= 1
        self.counts[State.DEAD] += 1
        self.leave_all_lanes(sequence)

    def leave_all_lanes(self, sequence: int) -> None:
        """Stop a delivery whose cameras cannot be read from holding up any lane."""
        places = [tuple(row) for row in self.run("leave_all_lanes", sequence=sequence).fetchall()]
        if places:
            self.run("advance_lanes", places=json.dumps(places)).close()

    def next_due_at_s(self, target: str) -> float | None:
        """Say when the next delivery of a target may be due (Unix seconds); None when none is ready."""
        due_at_s: float | None = self.run("next_due", target=target).fetchone()[0]
        return due_at_s

    def wake(self, target: str) -> None:
        """Make due at once what waits for its next attempt."""
        self.run("wake", target=target).close()

    def settle(self, delivery: Delivery, settlement: Settlement, now_s: float) -> None:
        """Write down what becomes of a claimed delivery. For one that is not there any more this changes nothing."""
        self.settle_all([(delivery, settlement)], now_s, due_now_s=now_s)

    def settle_all(self, settlements: Iterable[tuple[Delivery, Settlement]], now_s: float, *, due_now_s: float) -> None:
        """Write down what becomes of several, together: a statement costs more than the rows it changes.

        `now_s` is of the wall clock, `due_now_s` of the clock of due instants (see `DueClock`).
        """
        ended: list[tuple[Delivery, End]] = []
        for delivery, settlement in settlements:
            if isinstance(settlement, Again):
                self._send_again(delivery, settlement, due_now_s)
            else:
                ended.append((delivery, settlement))
        if ended:
            self._finish(ended, now_s)

    def _finish(self, ended: list[tuple[Delivery, End]], now_s: float) -> None:
        had = self._take_back([delivery for delivery, _ in ended])
        endings = json.dumps([ending_of(delivery, end) for delivery, end in ended if delivery.sequence in had])
        finished = {row["sequence"] for row in self.run("finish", endings=endings, now_s=now_s).fetchall()}
        for delivery, end in ended:
            if delivery.sequence in finished:
                self.counts[State.WAITING] -= 1
                self.counts[state_after(end)] += 1
        self.leave_lanes((delivery, delivery.camera_ids) for delivery, _ in ended if delivery.sequence in finished)

    def take_outcomes(self, outcomes: Iterable[RelayOutcome], now_s: float) -> set[tuple[str, str]]:
        """Write down how relayed deliveries ended; gives target and event id of those that had not ended before."""
        entries = json.dumps([outcome_entry(outcome) for outcome in outcomes])
        rows = {row["sequence"]: row for row in self.run("with_outcome", outcomes=entries).fetchall()}
        held = [row_of(row) for row in rows.values() if row["state"] == State.WAITING]
        waiting = [row.delivery for row in held]
        self._take_back(waiting)  # a courier may have one whose publishing was not confirmed yet
        which = {"outcomes": entries, "sequences": json.dumps(list(rows))}
        for ended in self.run("take_outcomes", now_s=now_s, **which).fetchall():
            self.counts[State(rows[ended["sequence"]]["state"])] -= 1
            self.counts[State(ended["state"])] += 1
        self.leave_lanes((row.delivery, row.delivery.camera_ids) for row in held if not row.unreadable)
        for row in held:
            if row.unreadable:
                self.leave_all_lanes(row.delivery.sequence)
        return {(row["target"], row["event_id"]) for row in rows.values()}

    def without_delivery(self, outcomes: Iterable[RelayOutcome]) -> set[tuple[str, str]]:
        """Give target and event id of the outcomes whose event is not here, for any target."""
        entries = json.dumps([outcome_entry(outcome) for outcome in outcomes])
        return {(row["target"], row["event_id"]) for row in self.run("without_delivery", outcomes=entries).fetchall()}

    def _send_again(self, delivery: Delivery, again: Again, due_now_s: float) -> None:
        if not self._take_back([delivery]):
            return
        remaining = again.remaining_camera_ids
        with closing(
            self.run(
                "send_again",
                sequence=delivery.sequence,
                event_id=delivery.event_id,
                due_at_s=again.due_at_s(due_now_s),
                reason=again.reason,
                attempts=int(again.counts_as_attempt),
                remaining_camera_ids=None if remaining is None else json.dumps(remaining),
            )
        ) as cursor:
            if cursor.rowcount == 0:
                return
        holds = remaining if again.holds_camera_ids is None else again.holds_camera_ids
        if holds is not None:
            free = tuple(camera for camera in delivery.camera_ids if camera not in holds)
            if free or not delivery.camera_ids:
                self.leave_lanes([(delivery, free)])
                place = {"target": delivery.target, "sequence": delivery.sequence}
                self.run("count_ahead", lanes=json.dumps(lanes_of(delivery.camera_ids)), **place).close()

    def leave_lanes(self, deliveries: Iterable[tuple[Delivery, tuple[str, ...]]]) -> None:
        """Stop each delivery from holding up the lanes of these cameras (none: the lane of events without camera)."""
        places = [(one.target, lane, one.sequence) for one, camera_ids in deliveries for lane in lanes_of(camera_ids)]
        left = self.run("leave_lanes", places=json.dumps(places)).fetchall()
        if left:
            self.run("advance_lanes", places=json.dumps([tuple(row) for row in left])).close()

    def trim(self, state: State, before_s: float, limit: int) -> int:
        """Remove up to `limit` rows that ended, or were relayed, before an instant; gives how many."""
        with closing(self.run("trim", state=state, before_s=before_s, limit=limit)) as cursor:
            removed = cursor.rowcount
        self.counts[state] -= removed
        return removed

    def make_space(self, now_s: float, limit: int) -> int:
        """Remove up to `limit` delivered rows, or relayed ones when there are none: the cluster has those."""
        return self.trim(State.DELIVERED, now_s, limit) or self.trim(State.RELAYED, now_s, limit)


def _named(deliveries: list[Delivery]) -> str:
    return json.dumps({one.sequence: one.event_id for one in deliveries})
