"""The transport that a courier posts with, which may be replaced while attempts are under way."""

from __future__ import annotations

from collections import Counter

from securos_trigger.delivery.transport import Reach, Transport
from securos_trigger.model import Delivery, HandedOver, Outcome, Retry, Superseded, Unauthorized


class Transports:
    """The `current` transport, and those that were replaced: each is closed after its last attempt.

    One event loop uses it.
    """

    def __init__(self, transport: Transport) -> None:
        self.current = transport
        self._attempts: Counter[Transport] = Counter()  # under way

    async def attempt(self, delivery: Delivery, *, late: bool) -> Outcome | HandedOver | Superseded | None:
        """Make one attempt. None: it failed, and the transport has been replaced, so the failure says nothing now."""
        transport = self.current
        self._attempts[transport] += 1
        try:
            outcome = await transport.attempt(delivery, late=late)
        finally:
            self._attempts[transport] -= 1
            if transport is not self.current:
                await self._close_if_over(transport)
        is_failure = isinstance(outcome, Unauthorized | Retry)
        return None if is_failure and transport is not self.current else outcome

    async def check(self, *, asks_health: bool) -> Reach | Retry | None:
        """Check the target without a delivery. None: the transport has been replaced, so it says nothing now."""
        transport = self.current
        self._attempts[transport] += 1
        try:
            found = await transport.check(asks_health=asks_health)
        finally:
            self._attempts[transport] -= 1
            if transport is not self.current:
                await self._close_if_over(transport)
        return found if transport is self.current else None

    async def replace(self, transport: Transport) -> None:
        """Make all attempts with another transport from now on."""
        old, self.current = self.current, transport
        if old is not transport:
            await self._close_if_over(old)

    async def close(self) -> None:
        """Close all of them."""
        for transport in {self.current, *self._attempts}:
            await transport.close()

    async def _close_if_over(self, transport: Transport) -> None:
        """Close one that was replaced, after its last attempt."""
        if not self._attempts[transport]:
            del self._attempts[transport]
            await transport.close()
