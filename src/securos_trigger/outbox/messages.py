"""What the other threads ask of the writer thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from securos_trigger.model import Delivery, Event
from securos_trigger.outbox.rows import Settlement
from securos_trigger.outbox.store import Store


@dataclass(frozen=True, slots=True)
class Put:
    """Keep an event for a target. `comes_again`: if it is not kept it is not lost, its owner offers it again."""

    event: Event
    target: str
    comes_again: bool


@dataclass(frozen=True, slots=True)
class Settle:
    """Write down how deliveries ended, in this order."""

    settlements: Sequence[tuple[Delivery, Settlement]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A courier has room for `limit` deliveries."""

    target: str
    limit: int
    least_tried_first: bool
    future: Future[list[Delivery]]

    def is_withdrawn(self) -> bool:
        """True when the courier does not want the answer any more. If false, it can no longer withdraw."""
        return not self.future.running() and not self.future.set_running_or_notify_cancel()


@dataclass(frozen=True, slots=True)
class Job:
    """Anything else that needs the file."""

    work: Callable[[Store], Any]
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing comes after this."""


Message = Put | Settle | Claim | Job | Stop
