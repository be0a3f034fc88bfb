"""Claims deliveries from the outbox without losing any: a claim that is cancelled is put back."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

from securos_trigger.delivery.transport import DeliverySource
from securos_trigger.model import Delivery
from securos_trigger.outbox import Again


async def claim(outbox: DeliverySource, target: str, limit: int, *, least_tried_first: bool = False) -> list[Delivery]:
    """Wait for deliveries of a target that are due, and claim up to `limit` of them; see `Outbox.claim`."""
    claimed = outbox.claim(target, limit, least_tried_first=least_tried_first)

    def put_back(answered: Future[list[Delivery]]) -> None:
        if not answered.cancelled() and answered.exception() is None:
            for delivery in answered.result():
                outbox.settle(delivery, Again())

    try:
        return await asyncio.wrap_future(claimed)
    except BaseException:
        claimed.add_done_callback(put_back)  # answered just as it was cancelled
        raise
