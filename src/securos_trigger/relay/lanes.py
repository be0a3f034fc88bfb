"""The lanes of one target in memory: which delivery may go now, each camera in order. Pure: no clock, no thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

from securos_trigger.model import Delivery
from securos_trigger.outbox import Again
from securos_trigger.outbox.rows import lanes_of


@dataclass(slots=True)
class _Entry:
    """`ahead` counts its lanes in which another delivery stands before it."""

    delivery: Delivery
    lanes: set[str]
    ahead: int = 0
    due_at_s: float = 0.0
    is_claimed: bool = False


class Lanes:
    """The deliveries that were pulled and have not ended, in the order of their sequences.

    The rules are those of the outbox: a delivery may go when it is first in the lane of each of its cameras and its
    time has come. There are a few hundred at most, and those that may go are known at every moment: a claim that looked
    through all of them cost more than everything else that is done with a delivery here.
    """

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}  # by sequence, in this order
        self._lanes: dict[str, dict[int, None]] = {}
        self._ready: dict[int, _Entry] = {}  # first in all of their lanes, and not claimed

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, sequence: int) -> bool:
        return sequence in self._entries

    def add(self, delivery: Delivery) -> None:
        """Put a delivery last in the lane of each of its cameras. Sequences only rise."""
        entry = _Entry(delivery, set(lanes_of(delivery.camera_ids)))
        self._entries[delivery.sequence] = entry
        for lane in entry.lanes:
            members = self._lanes.setdefault(lane, {})
            entry.ahead += bool(members)
            members[delivery.sequence] = None
        self._note_ready(entry)

    def claim(self, limit: int, now_s: float, *, least_tried_first: bool = False) -> list[Delivery]:
        """Claim up to `limit` deliveries that are due: the oldest, and for a quarter of the places the newest.

        With `least_tried_first` those that were due first. `now_s`: seconds of a clock that cannot be set.
        """
        due = [(sequence, entry) for sequence, entry in self._ready.items() if entry.due_at_s <= now_s]
        if least_tried_first:
            due = sorted(due, key=lambda one: (one[1].due_at_s, one[0]))[:limit]
        due.sort(key=lambda one: one[0])
        if len(due) > limit:
            newest = limit // 4
            due = due[: limit - newest] + (due[-newest:] if newest else [])
        for sequence, entry in due:
            entry.is_claimed = True
            del self._ready[sequence]
        return [entry.delivery for _, entry in due]

    def end(self, sequence: int) -> bool:
        """Remove a delivery that has ended. False: it is not here."""
        entry = self._entries.pop(sequence, None)
        if entry is None:
            return False
        self._ready.pop(sequence, None)
        for lane in tuple(entry.lanes):
            self._leave(entry, lane)
        return True

    def put_back(self, sequence: int, again: Again, now_s: float) -> None:
        """Let a claimed delivery wait for its next attempt, perhaps for fewer cameras. `now_s` as in `claim`."""
        entry = self._entries.get(sequence)
        if entry is None:
            return
        remaining = again.remaining_camera_ids
        entry.is_claimed, entry.due_at_s = False, again.due_at_s(now_s)
        attempts = entry.delivery.attempts + int(again.counts_as_attempt)
        camera_ids = entry.delivery.camera_ids if remaining is None else remaining
        entry.delivery = replace(entry.delivery, attempts=attempts, camera_ids=camera_ids)
        holds = remaining if again.holds_camera_ids is None else again.holds_camera_ids
        if holds is not None:
            for lane in entry.lanes - set(holds):
                self._leave(entry, lane)
        self._note_ready(entry)

    def wake(self) -> None:
        """Make due at once what waits for its next attempt."""
        for entry in self._entries.values():
            entry.due_at_s = 0.0

    def next_due_at_s(self) -> float | None:
        """Say when the next delivery may be due; None when none is ready."""
        return min((entry.due_at_s for entry in self._ready.values()), default=None)

    def _note_ready(self, entry: _Entry) -> None:
        if entry.ahead == 0 and not entry.is_claimed:
            self._ready[entry.delivery.sequence] = entry

    def _leave(self, entry: _Entry, lane: str) -> None:
        """Take a delivery out of a lane; the next one there has one lane fewer ahead of it if this one was first."""
        sequence, members = entry.delivery.sequence, self._lanes[lane]
        was_first = next(iter(members)) == sequence
        entry.lanes.discard(lane)
        entry.ahead -= not was_first
        del members[sequence]
        if not members:
            del self._lanes[lane]
        elif was_first:
            following = self._entries[next(iter(members))]
            following.ahead -= 1
            self._note_ready(following)
