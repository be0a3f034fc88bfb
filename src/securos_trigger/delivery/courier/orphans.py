"""Orphaned deliveries: no node sends to their target any more. They wait until one does, or until they expire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from securos_trigger.delivery.courier.claims import claim
from securos_trigger.delivery.courier.reports import DeliveryReports
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Again, Dead, Outbox, Settlement

#: An orphaned delivery is looked at this often, in seconds.
LOOK_EVERY_S: Final = 600.0
_CLAIM_LIMIT: Final = 64
_REASON: Final = "no node sends to this receiver any more"


class OrphanedDeliveries:
    """The orphaned deliveries of one target. `name` names their task in notices.

    `policy` gives the present one. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        target: str,
        outbox: Outbox,
        *,
        announcer: Announcer,
        policy: Callable[[], DeliveryPolicy],
        clock: Callable[[], float],
    ) -> None:
        self.name = f"orphaned deliveries {target}"
        self._target = target
        self._outbox = outbox
        self._reports = DeliveryReports(target, announcer, clock)
        self._policy = policy

    async def run_once(self) -> None:
        """Wait for deliveries that are due: those that are too old become dead letters, the others wait again."""
        claimed = await claim(self._outbox, self._target, _CLAIM_LIMIT)
        try:
            while claimed:
                self._outbox.settle(claimed[0], self._settlement_of(claimed[0]))
                del claimed[0]
        finally:  # after a bug: the delivery that caused it waits, the others are due at once
            if claimed:
                self._outbox.settle(claimed[0], self._wait())
            for delivery in claimed[1:]:
                self._outbox.settle(delivery, Again(0.0, _REASON))

    def _wait(self) -> Again:
        return Again(LOOK_EVERY_S, _REASON)

    def _settlement_of(self, delivery: Delivery) -> Settlement:
        if not self._policy().is_expired(self._outbox.age(delivery).age_s):
            return self._wait()
        end = Dead(f"expired: {_REASON}", counts_as_attempt=False)
        self._reports.end(delivery, end, is_late=True, is_duplicate=False)
        return end
