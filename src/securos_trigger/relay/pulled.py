"""What was pulled from the cluster for one target: to its courier it is what the outbox is on one machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from nats.aio.msg import Msg

from securos_trigger.model import Delivery
from securos_trigger.outbox import Again, Age, End, Settlement
from securos_trigger.relay.lanes import Lanes
from securos_trigger.relay.messages import RelayedEvent


@dataclass(frozen=True, slots=True)
class Pulled:
    """A message with the event in it. `delivery` has the message's place in the stream as its sequence.

    `born_at_s`: the event is as old as this instant of the local clock (Unix seconds), however the clocks of the
    gateway and this machine differ.
    """

    message: Msg
    event: RelayedEvent
    delivery: Delivery
    born_at_s: float


@dataclass(slots=True)
class _Claim:
    limit: int
    least_tried_first: bool
    future: Future[list[Delivery]]


class PulledDeliveries:
    """The deliveries of one target, in memory. One event loop uses it. See `DeliverySource`.

    `on_end` gets each that has ended, in the order of the ends. `clock` gives Unix seconds.
    """

    def __init__(self, on_end: Callable[[Pulled, Delivery, End], None], clock: Callable[[], float] = time.time) -> None:
        self._on_end = on_end
        self._clock = clock
        self._lanes = Lanes()
        self._pulled: dict[int, Pulled] = {}
        self._claim: _Claim | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._lanes)

    def take_all(self, pulled: Iterable[Pulled]) -> None:
        """Take messages. One that is here already came a second time: only its latest copy can be acknowledged."""
        for one in pulled:
            sequence = one.delivery.sequence
            self._pulled[sequence] = one
            if sequence not in self._lanes:
                self._lanes.add(one.delivery)
        self._answer()

    def claim(self, _target: str, limit: int, *, least_tried_first: bool = False) -> Future[list[Delivery]]:
        """Claim deliveries that are due, at once or when there are some."""
        claim = _Claim(limit, least_tried_first, Future())
        self._claim = claim
        self._answer()
        return claim.future

    def settle(self, delivery: Delivery, settlement: Settlement) -> None:
        """Take what becomes of a claimed delivery."""
        self.settle_all([(delivery, settlement)])

    def settle_all(self, settlements: Sequence[tuple[Delivery, Settlement]]) -> None:
        """Take what becomes of several."""
        for delivery, settlement in settlements:
            if isinstance(settlement, Again):
                self._lanes.put_back(delivery.sequence, settlement, time.monotonic())
            elif self._lanes.end(delivery.sequence):
                self._on_end(self._pulled.pop(delivery.sequence), delivery, settlement)
        self._answer()

    def age(self, delivery: Delivery) -> Age:
        """Say how old a delivery is: its age when it was published, and the time since."""
        return Age(max(0.0, self._clock() - self.born_at_s(delivery)), delivery.is_time_uncertain)

    def born_at_s(self, delivery: Delivery) -> float:
        """When its age began, by the clock here (Unix seconds)."""
        pulled = self._pulled.get(delivery.sequence)
        return delivery.captured_at_s if pulled is None else pulled.born_at_s

    def captured_at_s(self, delivery: Delivery) -> float:
        """When its frame was captured, by the clock here (Unix seconds): that of its gateway may be wrong.

        The age of one that a person has sent again began then; it is as late as it is.
        """
        waited_s = delivery.retried_at_s - delivery.captured_at_s if delivery.retried_at_s else 0.0
        return self.born_at_s(delivery) - max(0.0, waited_s)

    def wake(self, _target: str) -> None:
        """Make due at once what waits for its next attempt."""
        self._lanes.wake()
        self._answer()

    def _answer(self) -> None:
        """Answer the open claim if something is due, or look again when something will be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        claim = self._claim
        if claim is None or claim.future.cancelled():
            return
        now_s = time.monotonic()
        due = self._lanes.claim(claim.limit, now_s, least_tried_first=claim.least_tried_first)
        if due:
            self._claim = None
            if claim.future.set_running_or_notify_cancel():
                claim.future.set_result(due)
                return
            for delivery in due:
                self._lanes.put_back(delivery.sequence, Again(), now_s)
        elif (due_at_s := self._lanes.next_due_at_s()) is not None:
            wait_s = max(0.001, min(1.0, due_at_s - now_s))
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._answer)
