"""What a courier posts with, and where its deliveries come from: the two seams around it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from enum import Enum
from typing import Protocol

from securos_trigger.model import Delivery, HandedOver, Outcome, Retry, Superseded
from securos_trigger.outbox import Age, Settlement


class Reach(Enum):
    """How far a check without a delivery came: to a connection that a delivery could use, or to a healthy receiver."""

    CONNECTED = "connected"
    READY = "ready"


class Transport(Protocol):
    """Makes attempts at one target: the webhook, or the relay to a cluster. One event loop uses it."""

    @property
    def target(self) -> str:
        """The key of the target in the outbox."""
        ...

    async def attempt(self, delivery: Delivery, *, late: bool) -> Outcome | HandedOver | Superseded:
        """Make one attempt. Every failure outside of this process is an `Outcome`, never an exception."""
        ...

    async def health(self) -> dict[str, object] | None:
        """Ask the target what it says of itself; None unless it is ready."""
        ...

    async def check(self, *, asks_health: bool) -> Reach | Retry:
        """Connect as an attempt would, and send no delivery; a failure outside of this process is a `Retry`.

        `asks_health`: ask the target for its health, too, where it is known to be the receiver.
        """
        ...

    async def close(self) -> None:
        """Close what it keeps open."""
        ...


class DeliverySource(Protocol):
    """Where a courier gets its deliveries: the outbox, or what was pulled from a cluster. It keeps the order.

    See the methods of the same names of `Outbox`.
    """

    def claim(self, target: str, limit: int, *, least_tried_first: bool = False) -> Future[list[Delivery]]:
        """Claim deliveries that are due, when there are some."""
        ...

    def settle(self, delivery: Delivery, settlement: Settlement) -> None:
        """Take what becomes of a claimed delivery."""
        ...

    def settle_all(self, settlements: Sequence[tuple[Delivery, Settlement]]) -> None:
        """Take what becomes of several."""
        ...

    def age(self, delivery: Delivery) -> Age:
        """Say how old a delivery is."""
        ...

    def wake(self, target: str) -> None:
        """Make due at once what waits for its next attempt."""
        ...
