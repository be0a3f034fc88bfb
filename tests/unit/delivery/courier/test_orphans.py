"""Deliveries to which no node sends any more: each waits, or expires, by its own age."""

from __future__ import annotations

import asyncio
from typing import cast

from securos_trigger.delivery.courier.orphans import LOOK_EVERY_S, OrphanedDeliveries
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Again, Age, Dead, Outbox
from tests import builders
from tests.unit.delivery.courier.sources import MemorySource

NOW_S = 5_000.0


class AgedSource(MemorySource):
    """Each delivery is as many seconds old as its sequence says."""

    def age(self, delivery: Delivery) -> Age:
        return Age(float(delivery.sequence))


def test_each_orphaned_delivery_waits_or_expires_by_its_own_age() -> None:
    source = AgedSource(*(builders.delivery("1", sequence=age_s) for age_s in (101, 99, 100)))
    orphans = OrphanedDeliveries(
        "target",
        cast(Outbox, source),
        announcer=Announcer(),
        policy=lambda: DeliveryPolicy(expire_after_s=100.0),
        clock=lambda: NOW_S,
    )
    asyncio.run(orphans.run_once())
    reason = "no node sends to this receiver any more"
    assert source.settled == [
        (101, Dead(f"expired: {reason}", counts_as_attempt=False)),
        (99, Again(LOOK_EVERY_S, reason)),
        (100, Again(LOOK_EVERY_S, reason)),
    ]
