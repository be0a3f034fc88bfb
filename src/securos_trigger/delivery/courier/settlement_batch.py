"""Hands settlements to the outbox a few at a time, because each hand-over wakes the writer thread."""

from __future__ import annotations

import asyncio
from typing import Final

from securos_trigger.delivery.transport import DeliverySource
from securos_trigger.model import Delivery
from securos_trigger.outbox import Settlement

#: Waking the writer for each of a thousand answers a second cost as much as a third of the delivering.
_LONGEST_WAIT_S: Final = 0.008
_LIMIT: Final = 32


class SettlementBatch:
    """Gathers settlements for some milliseconds. One event loop uses it; `write` hands over what is gathered."""

    def __init__(self, outbox: DeliverySource) -> None:
        self._outbox = outbox
        self._gathered: list[tuple[Delivery, Settlement]] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delivery: Delivery, settlement: Settlement, *, is_last: bool) -> None:
        """Add what becomes of a delivery. `is_last`: no other is under way, so there is nothing to wait for."""
        self._gathered.append((delivery, settlement))
        if is_last or len(self._gathered) >= _LIMIT:
            self.write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LONGEST_WAIT_S, self.write)

    def write(self) -> None:
        """Hand over what is gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gathered:
            self._outbox.settle_all(self._gathered)
            self._gathered = []
