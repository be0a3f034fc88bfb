"""Deliveries for a target that no node points at any more: they wait for one that does, but not for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from securos_trigger.delivery.courier.clock_steps import ClockSteps
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Again, Dead, Outbox, Settlement

#: They are looked at again after so long.
LOOK_EVERY_S: Final = 600.0
_AT_ONCE: Final = 64
_WHY: Final = "no node points at this receiver any more"


class OrphanedDeliveries:
    """One such target. `clock` gives Unix seconds."""

    def __init__(
        self, target: str, outbox: Outbox, *, announcer: Announcer, policy: DeliveryPolicy, clock: Callable[[], float]
    ) -> None:
        self._target = target
        self._outbox = outbox
        self._announcer = announcer
        self._policy = policy
        self._clock = clock
        self._clock_steps = ClockSteps(clock, time.monotonic)

    async def run(self) -> None:
        """Let what is too old end as a dead letter, until cancelled."""
        while True:
            for delivery in await asyncio.wrap_future(self._outbox.claim(self._target, _AT_ONCE)):
                self._outbox.settle(delivery, self._settlement_of(delivery))

    def _settlement_of(self, delivery: Delivery) -> Settlement:
        stepped_s = self._clock_steps.since(max(delivery.kept_at_s, delivery.retried_at_s))
        if not self._policy.is_expired(delivery, self._clock(), stepped_s):
            return Again(self._clock() + LOOK_EVERY_S, _WHY)
        end = Dead(f"expired: {_WHY}", was_answered=False)
        about = {"event_id": delivery.event_id, "cameras": ",".join(delivery.camera_ids), "reason": end.reason}
        self._announcer.announce(kinds.DELIVERY_DEAD, target=self._target, **about)
        return end
