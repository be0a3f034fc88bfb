"""A claim asks for deliveries in their order unless it is a probe, and loses none when it is cancelled."""

from __future__ import annotations

import asyncio

import pytest

from securos_trigger.delivery.courier.claims import claim
from securos_trigger.outbox import Again
from tests import builders
from tests.unit.delivery.courier.sources import MemorySource


def test_a_claim_keeps_the_order_unless_the_least_tried_is_asked_for() -> None:
    source = MemorySource(builders.delivery("1", sequence=7))

    async def work() -> list[int]:
        first = await claim(source, "target", 5)
        await claim(source, "target", 1, least_tried_first=True)
        return [delivery.sequence for delivery in first]

    assert asyncio.run(work()) == [7]
    assert source.claims == [("target", 5, False), ("target", 1, True)]


def test_what_was_claimed_as_the_claim_was_cancelled_is_put_back() -> None:
    source = MemorySource(builders.delivery("1", sequence=7), builders.delivery("1", sequence=8))

    async def work() -> None:
        task = asyncio.create_task(claim(source, "target", 5))
        await asyncio.sleep(0)  # it has asked, and the answer is there
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert source.settled == [(7, Again()), (8, Again())]
