"""A source of deliveries that remembers what a courier asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from securos_trigger.model import Delivery
from securos_trigger.outbox import Age, Settlement


class MemorySource:
    """Gives `due` to each claim. `claims` are (target, limit, least_tried_first), `batches` the sequences handed over."""

    def __init__(self, *due: Delivery) -> None:
        self.due = due
        self.claims: list[tuple[str, int, bool]] = []
        self.settled: list[tuple[int, Settlement]] = []
        self.batches: list[list[int]] = []

    def claim(self, target: str, limit: int, *, least_tried_first: bool = False) -> Future[list[Delivery]]:
        self.claims.append((target, limit, least_tried_first))
        answer: Future[list[Delivery]] = Future()
        answer.set_result(list(self.due))
        return answer

    def settle(self, delivery: Delivery, settlement: Settlement) -> None:
        self.settled.append((delivery.sequence, settlement))

    def settle_all(self, settlements: Sequence[tuple[Delivery, Settlement]]) -> None:
        self.batches.append([delivery.sequence for delivery, _ in settlements])

    def age(self, delivery: Delivery) -> Age:
        raise NotImplementedError

    def wake(self, target: str) -> None:
        raise NotImplementedError
