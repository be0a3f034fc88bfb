"""Events of this gateway that the cluster has lost: they have left the stream, and no outcome of them comes.

A person has purged or deleted the stream, or the disks of its servers are gone. The outbox still has these events, so
they are sent again: under their ids, which the receiver knows, and behind all that waits, as after `outbox retry`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox, Row, Selection, State
from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterConnection, ClusterRefusedError
from securos_trigger.relay.consumers import consumers_of
from securos_trigger.relay.names import Names

_LOOK_EVERY_S: Final = 15.0
#: Events of a target that are looked at together, the oldest first.
_TOGETHER: Final = 200
#: Those that wait for their hour take no place from the others, up to this many: they may stand before all of them.
_MOST_WAITING: Final = 2_000
#: An event that was sent again is not sent again sooner: one that no `deliver` can read must not go round and round.
_AGAIN_AFTER_S: Final = 3600.0
#: How many are lost again is reported again when it has changed, and no sooner than this.
_SAY_AGAIN_AFTER_S: Final = 60.0
_MOST_CAMERAS: Final = 10


@dataclass(frozen=True, slots=True)
class _Place:
    """The end of a stream at one moment: what was stored before stands at `last` or before it."""

    created: datetime | None
    last: int


@dataclass(frozen=True, slots=True)
class _Stream:
    """What is known of a stream. `waiting` counts messages, `floors` are places up to which all is done, by subject."""

    end: _Place
    first: int
    waiting: dict[str, int]
    floors: dict[str, int]

    def has_none(self, subject: str, before: _Place) -> bool:
        """True when no message of a subject is left that was stored before this place."""
        if not self.waiting.get(subject) or before.created != self.end.created:
            return True
        return max(self.first - 1, self.floors.get(subject, 0)) >= before.last


@dataclass(slots=True)
class _Watched:
    """Events of one target without an outcome, by their sequences in the outbox; all are older than the places.

    `in_events` and `in_outcomes` are the ends of the two streams, when they were asked first.
    """

    sequences: frozenset[int]
    in_events: _Place | None = None
    in_outcomes: _Place | None = None


class LostEvents:
    """Finds them, and has them sent again. One event loop uses it. `targets` gives those that are sent to.

    An event is lost when it is `relayed` although its stream has nothing any more of what was stored up to then, and
    all outcomes are read that were there after that: `deliver` stores the outcome before it removes the event. No
    clock and no patience is in this, so it does not matter how long a receiver is away.
    """

    def __init__(
        self,
        outbox: Outbox,
        names: Names,
        gateway: str,
        announcer: Announcer,
        targets: Callable[[], Iterable[str]],
    ) -> None:
        self._outbox = outbox
        self._names = names
        self._outcomes_subject = names.outcome_subject(gateway)
        self._announcer = announcer
        self._targets = targets
        self._watched: dict[str, _Watched] = {}
        self._lost_again: dict[str, frozenset[int]] = {}  # by target, those that wait for their hour
        self._said: dict[str, tuple[int, float]] = {}  # by target, the number that was reported, and when
        self._sent_at_ticks: dict[tuple[str, str], float] = {}  # by target and event id; a person's retry is not in it
        self._look_at_ticks = float("-inf")

    async def look(self, connection: ClusterConnection) -> None:
        """Look, when it is time. What cannot be asked now is asked the next time: others report why."""
        if time.monotonic() < self._look_at_ticks:
            return
        self._look_at_ticks = time.monotonic() + _LOOK_EVERY_S
        try:
            if old := await self._without_outcome():
                for target in await self._lost(connection, old):
                    await self._send_again(target, self._watched.pop(target).sequences)
        except (OutboxError, *CLUSTER_FAULTS):
            return

    async def _without_outcome(self) -> dict[str, _Watched]:
        """The events that had no outcome at the last look either, by target."""
        old = dict[str, _Watched]()
        for target in self._targets():
            sequences = frozenset(row.delivery.sequence for row in await self._relayed(target))
            self._note_lost_again(target, self._lost_again.get(target, frozenset()) & sequences)
            watched = self._watched.setdefault(target, _Watched(frozenset()))
            watched.sequences &= sequences
            if watched.sequences:
                old[target] = watched
            else:
                self._watched[target] = _Watched(sequences)
        return old

    async def _relayed(self, target: str, sequences: Iterable[int] = ()) -> list[Row]:
        ids = tuple(map(str, sequences))
        waiting = min(len(self._lost_again.get(target, ())), _MOST_WAITING)
        wanted = Selection(State.RELAYED, ids, target=target, limit=len(ids) or _TOGETHER + waiting)
        return (await asyncio.to_thread(self._outbox.select, wanted))[0]

    async def _lost(self, connection: ClusterConnection, old: dict[str, _Watched]) -> list[str]:
        """The targets whose watched events are lost."""
        names = self._names
        events = await _stream(connection, names.events, f"{names.prefix}.event.*")
        gone = list[_Watched]()
        for target, watched in old.items():
            watched.in_events = watched.in_events or events.end
            if events.has_none(names.event_subject(target), watched.in_events):
                gone.append(watched)
        if not gone:
            return []
        outcomes = await _stream(connection, names.outcomes, self._outcomes_subject)
        for watched in gone:
            watched.in_outcomes = watched.in_outcomes or outcomes.end
        return [
            target
            for target, watched in old.items()
            if watched.in_outcomes and outcomes.has_none(self._outcomes_subject, watched.in_outcomes)
        ]

    async def _send_again(self, target: str, sequences: frozenset[int]) -> None:
        now_ticks = time.monotonic()
        recent = {one: at for one, at in self._sent_at_ticks.items() if now_ticks - at < _AGAIN_AFTER_S}
        lost = await self._relayed(target, sequences)
        rows = [row for row in lost if (target, row.delivery.event_id) not in recent]
        self._note_lost_again(target, frozenset(row.delivery.sequence for row in lost if row not in rows))
        if not rows:
            return
        ids = tuple(str(row.delivery.sequence) for row in rows)
        wanted = Selection(State.RELAYED, ids, target=target, limit=len(ids))
        count, _ = await asyncio.to_thread(self._outbox.retry, wanted)  # those that are still relayed
        self._sent_at_ticks = recent | {(target, row.delivery.event_id): now_ticks for row in rows}
        cameras = sorted({camera for row in rows for camera in row.delivery.camera_ids})
        more = ["..."] if len(cameras) > _MOST_CAMERAS else []
        self._announcer.announce(
            kinds.EVENTS_RELAYED_AGAIN,
            target=target,
            count=count,
            cameras=",".join(cameras[:_MOST_CAMERAS] + more),
            oldest_s=round(time.time() - min(row.delivery.kept_at_s for row in rows), 1),
        )

    def _note_lost_again(self, target: str, sequences: frozenset[int]) -> None:
        """Report events that were sent again a short time ago and are lost again, and when none is left of them."""
        before, self._lost_again[target] = self._lost_again.get(target), sequences
        said, said_at_ticks = self._said.get(target, (0, 0.0))
        is_other = len(sequences) != said and time.monotonic() - said_at_ticks >= _SAY_AGAIN_AFTER_S
        if sequences and (not before or is_other):
            self._said[target] = len(sequences), time.monotonic()
            reason = f"{len(sequences):,} lost twice within an hour"
            about = {"target": target, "count": len(sequences), "reason": reason}
            self._announcer.announce(kinds.EVENTS_LOST_AGAIN, **about)
        elif before and not sequences:
            self._announcer.announce(kinds.EVENTS_LOST_NO_MORE, target=target)


async def _stream(connection: ClusterConnection, name: str, subjects: str) -> _Stream:
    """Ask for a stream. Raises one of `CLUSTER_FAULTS`."""
    info = await connection.jetstream.stream_info(name, subjects_filter=subjects)
    state, waiting = info.state, info.state.subjects or {}
    floors = await _floors(connection, name) if waiting else {}
    return _Stream(_Place(info.created, state.last_seq), state.first_seq, waiting, floors)


async def _floors(connection: ClusterConnection, name: str) -> dict[str, int]:
    """Up to which place all is done, by subject. A login without the right to see it waits until a subject is empty."""
    try:
        consumers = await connection.unless_refused(consumers_of(connection.jetstream, name))
    except ClusterRefusedError:
        return {}
    return {
        one.config.filter_subject: one.ack_floor.stream_seq
        for one in consumers
        if one.config.filter_subject and one.ack_floor
    }
