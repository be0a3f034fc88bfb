"""Orphaned deliveries: no node sends to their target any more. They wait for one that does, and expire at last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Again, Dead, Outbox, Settlement

#: They are looked at again after this time, in seconds.
LOOK_EVERY_S: Final = 600.0
_CLAIM_LIMIT: Final = 64
_REASON: Final = "no node sends to this receiver any more"


class OrphanedDeliveries:
    """The deliveries of one such target. `name` is that of their task. `clock` gives Unix seconds."""

    def __init__(
        self, target: str, outbox: Outbox, *, announcer: Announcer, policy: DeliveryPolicy, clock: Callable[[], float]
    ) -> None:
        self.name = f"orphaned deliveries {target}"
        self._target = target
        self._outbox = outbox
        self._announcer = announcer
        self._policy = policy
        self._clock = clock

    async def run_once(self) -> None:
        """Wait for deliveries that are due: those that are too old become dead letters, the others wait again."""
        claimed = await asyncio.wrap_future(self._outbox.claim(self._target, _CLAIM_LIMIT))
        try:
            while claimed:
                self._outbox.settle(claimed[0], self._settlement_of(claimed[0]))
                del claimed[0]
        finally:  # of what a bug has left over, the first, which it struck, waits longer than the others
            for number, delivery in enumerate(claimed):
                self._outbox.settle(delivery, Again(0.0 if number else self._clock() + LOOK_EVERY_S, _REASON))

    def _settlement_of(self, delivery: Delivery) -> Settlement:
        if not self._policy.is_expired(self._outbox.age(delivery).age_s):
            return Again(self._clock() + LOOK_EVERY_S, _REASON)
        end = Dead(f"expired: {_REASON}", was_answered=False)
        about = {"event_id": delivery.event_id, "cameras": ",".join(delivery.camera_ids), "reason": end.reason}
        self._announcer.announce(kinds.DELIVERY_DEAD, target=self._target, **about)
        return end
