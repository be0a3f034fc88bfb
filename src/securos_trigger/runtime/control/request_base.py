"""What every request has in common. Requests and answers are JSON values."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from securos_trigger.runtime.control.service import Answer, Service

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox, OutboxReader


class Reading(Protocol):
    """What only looks into the outbox."""

    def read(self, outbox: Outbox | OutboxReader) -> Answer:
        """Give the answer."""


class Request(BaseModel, ABC):
    """One question or order. `do` names its kind.

    A kind with `asks_outbox` waits for the outbox, which may take long; few of them are answered at once. Only a kind
    without `needs_service` can be answered when no process owns the outbox.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    asks_outbox: ClassVar[bool] = False
    needs_service: ClassVar[bool] = True
    #: A client waits for the answer no longer than this.
    answered_within_s: ClassVar[float] = 30.0

    do: str

    @property
    def is_change(self) -> bool:
        """True for an order, which changes something: the service asks back before it follows it."""
        return False

    @property
    def reading(self) -> Reading | None:
        """The same request where it only looks into the outbox: then a file without an owner is only looked at."""
        return None

    def line(self) -> bytes:
        """Write it as it is sent, without fields that say nothing: a service of an older version may not know them."""
        return json.dumps({"do": self.do, **self.model_dump(mode="json", exclude_defaults=True)}).encode()

    @abstractmethod
    def answer(self, service: Service) -> Answer:
        """Do what is asked. Raises `OutboxError` when the outbox cannot be used."""
