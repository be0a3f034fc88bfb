"""Finishes deliveries in the cluster: the dead letter, then the outcome for the gateway, then the event is removed.

In this order a crash at any point repeats something that is known by its id, and loses nothing. What a full stream
refuses is set aside and tried again; everything else goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nats.aio.msg import Msg
from nats.js.errors import APIError

from securos_trigger.model import Delivery
from securos_trigger.outbox import Dead, Done, End
from securos_trigger.relay.connection import ClusterConnection, fault_text
from securos_trigger.relay.messages import DeadLetter, EventOutcome, Outcomes, encoded
from securos_trigger.relay.names import MESSAGE_ID, Names, message_id
from securos_trigger.relay.pulled import Pulled
from securos_trigger.relay.removal import Removal

_BATCH: Final = 256
_AT_ONCE: Final = 4
#: Outcomes are gathered for this long: each message with outcomes costs three writes to disks (stored, removed, and
#: written down by the gateway) for which events wait too, and no receiver waits for outcomes.
_GATHERED_FOR_S: Final = 0.05
#: This many are sent at once: what is not finished is posted again after a crash.
_GATHERED_ENOUGH: Final = 32
_CONFIRMED_WITHIN_S: Final = 5.0
_REMEMBERED: Final = 20_000
#: What a stream has refused is tried again this often.
_TRIED_AGAIN_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Attempted:
    """What the last attempt of a delivery was like."""

    is_late: bool = False
    is_duplicate: bool = False
    #: It, or one before it, was answered with steps that failed: the receiver does these again.
    had_failed_steps: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A message that has ended, and is not finished in the cluster yet.

    `letter` is its dead letter, until that is stored; None: it has none. `key` is the id under which the cluster stores
    that once. `outcome` is for `gateway`; None: the message could not be read.
    """

    message: Msg
    target: str
    letter: DeadLetter | None
    key: str
    gateway: str = ""
    outcome: EventOutcome | None = None

    @property
    def place(self) -> int:
        """The place of the message in its stream."""
        return self.message.metadata.sequence.stream


class Remembered:
    """How the last deliveries of this process ended, by message id: what comes again is not posted again."""

    def __init__(self) -> None:
        self._ends: OrderedDict[str, EventOutcome] = OrderedDict()

    def note(self, key: str, outcome: EventOutcome) -> None:
        """Remember an end."""
        self._ends[key] = outcome
        if len(self._ends) > _REMEMBERED:
            self._ends.popitem(last=False)

    def find(self, key: str) -> EventOutcome | None:
        """Give the end of a message, if it is known."""
        return self._ends.get(key)


class Finishing:
    """Finishes what has ended, a batch at a time. One event loop uses it. `clock` gives Unix seconds.

    `on_refused` gets the reason of a refusal at each attempt; an empty text: nothing is refused any more.
    """

    def __init__(
        self,
        connection: ClusterConnection,
        names: Names,
        remembered: Remembered,
        removal: Removal,
        clock: Callable[[], float] = time.time,
        on_refused: Callable[[str], object] = lambda _reason: None,
    ) -> None:
        self._on_refused = on_refused
        self._refused: dict[int, Ended] = {}  # by place
        self._connection = connection
        self._names = names
        self._remembered = remembered
        self._removal = removal
        self._clock = clock
        self._ended: asyncio.Queue[Ended] = asyncio.Queue()
        self._gathering = asyncio.Lock()
        self._are_enough = asyncio.Event()

    def take(self, pulled: Pulled, delivery: Delivery, end: End, attempted: Attempted) -> None:
        """Take a delivery that has ended. `delivery` is as the last attempt had it."""
        is_dead = isinstance(end, Dead)
        counted = int(isinstance(end, Dead) and end.counts_as_attempt)
        original = pulled.event.delivery
        outcome = EventOutcome(
            target=delivery.target,
            event_id=delivery.event_id,
            event_name=delivery.name,
            camera_ids=original.camera_ids,
            is_dead=is_dead,
            reason=end.reason,
            attempts=delivery.attempts + counted,
            retried_at_s=original.retried_at_s,
            latency_s=round(self._clock() - pulled.born_at_s, 4),
            is_late=attempted.is_late,
            is_duplicate=attempted.is_duplicate,
            failed_camera_ids=end.failed_camera_ids if isinstance(end, Done) else (),
        )
        self._remembered.note(message_id(original), outcome)
        self._take(pulled, outcome)

    def take_again(self, pulled: Pulled, outcome: EventOutcome) -> None:
        """Take a message whose delivery had ended before, and which comes again."""
        self._take(pulled, outcome)

    def bury(self, message: Msg, target: str, reason: str) -> None:
        """Make a dead letter of a message that cannot be read."""
        letter = DeadLetter(None, reason, self._clock(), message.data.decode("utf-8", "replace"))
        at = message.metadata
        key = (
            f"unreadable {at.stream} {at.sequence.stream} {at.timestamp.timestamp():.6f}"  # the same if it comes again
        )
        self._add(Ended(message, target, letter, key))

    def _take(self, pulled: Pulled, outcome: EventOutcome) -> None:
        event = pulled.event
        letter = DeadLetter(event, outcome.reason, self._clock()) if outcome.is_dead else None
        self._add(Ended(pulled.message, outcome.target, letter, message_id(event.delivery), event.gateway, outcome))

    def _add(self, ended: Ended) -> None:
        self._ended.put_nowait(ended)
        if self._ended.qsize() >= _GATHERED_ENOUGH:
            self._are_enough.set()

    async def run(self) -> None:
        """Finish for ever; raises when the cluster does not confirm, and then what is left comes again.

        Several batches wait for their confirmations side by side: each waits for the disks of the cluster.
        """
        working = [asyncio.create_task(self._finish_batches()) for _ in range(_AT_ONCE)]
        working.append(asyncio.create_task(self._try_again()))
        try:
            await asyncio.gather(*working)
        finally:
            for task in working:
                task.cancel()

    async def _finish_batches(self) -> None:
        while True:
            async with self._gathering:
                ended = await self._gathered()
            await self._finish(ended)
            for _ in ended:
                self._ended.task_done()

    async def _gathered(self) -> list[Ended]:
        """Wait for the first that has ended, and for those that follow it closely."""
        ended = [await self._ended.get()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GATHERED_FOR_S):
                await self._are_enough.wait()
        while not self._ended.empty() and len(ended) < _BATCH:
            ended.append(self._ended.get_nowait())
        if self._ended.qsize() < _GATHERED_ENOUGH:
            self._are_enough.clear()
        return ended

    async def _try_again(self) -> None:
        """Try again what was refused; of the dead letters one, and all others when the stream takes it."""
        while True:
            await asyncio.sleep(_TRIED_AGAIN_EVERY_S)
            refused = list(self._refused.values())
            letters = [one for one in refused if one.letter is not None]
            first, others = letters[:1], letters[1:]
            await self._finish([one for one in refused if one.letter is None] + first)
            if not any(one.letter is not None and one.place in self._refused for one in first):
                await self._finish(others)

    async def drain(self, timeout_s: float) -> None:
        """Wait until everything is finished that no stream refuses, but no longer than this."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._ended.join()
        except TimeoutError:
            return

    async def _finish(self, ended: Sequence[Ended]) -> None:
        """Finish what the streams take, and set the rest aside."""
        if not ended:
            return
        stored = await asyncio.gather(*(self._store_letter(one) for one in ended))
        by_gateway: defaultdict[str, list[Ended]] = defaultdict(list)
        for one in stored:
            if one.letter is None and one.outcome is not None:
                by_gateway[one.gateway].append(one)
        said = await asyncio.gather(*(self._say_outcomes(gateway, some) for gateway, some in by_gateway.items()))
        unsaid = {gateway for gateway, is_said in zip(by_gateway, said, strict=True) if not is_said}
        left = [one for one in stored if one.letter is not None or (one.outcome and one.gateway in unsaid)]
        self._set_aside(stored, left)
        places = {one.place for one in left}
        await self._removal.remove([one.message for one in stored if one.place not in places])

    def _set_aside(self, ended: Sequence[Ended], left: Sequence[Ended]) -> None:
        had_some = bool(self._refused)
        for one in ended:
            self._refused.pop(one.place, None)
        self._refused.update((one.place, one) for one in left)
        if had_some and not self._refused:
            self._on_refused("")

    async def _store_letter(self, ended: Ended) -> Ended:
        """Store the dead letter, if there is one; gives what is left to do."""
        if ended.letter is None:
            return ended
        subject = self._names.dead_subject(ended.target)
        is_stored = await self._publish(subject, self._names.dead, ended.letter, ended.key)
        return replace(ended, letter=None) if is_stored else ended

    async def _say_outcomes(self, gateway: str, ended: Sequence[Ended]) -> bool:
        outcomes = Outcomes(tuple(one.outcome for one in ended if one.outcome is not None))
        return await self._publish(self._names.outcome_subject(gateway), self._names.outcomes, outcomes, "")

    async def _publish(self, subject: str, stream: str, message: Outcomes | DeadLetter, key: str) -> bool:
        """Publish a message. False: the stream refuses it, most often because it is full."""
        headers = {MESSAGE_ID: key} if key else {}
        try:
            await self._connection.jetstream.publish(
                subject, encoded(message), timeout=_CONFIRMED_WITHIN_S, stream=stream, headers=headers
            )
        except APIError as error:
            self._on_refused(f"the stream {stream} refuses what comes: {fault_text(error)}")
            return False
        return True
