"""What is to change about the targets that are served."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.delivery.transport import Transport


@dataclass(frozen=True, slots=True)
class PreparedTarget:
    """A target, and what it will be served with: made before anything is changed, because it may fail."""

    target: str
    transport: Transport
    policy: DeliveryPolicy


@dataclass(frozen=True, slots=True)
class Change:
    """Targets to be served, new ones and changed ones, and targets to be served no more."""

    served: tuple[PreparedTarget, ...]
    removed: tuple[str, ...]
    is_made: Future[None] = field(default_factory=Future)
