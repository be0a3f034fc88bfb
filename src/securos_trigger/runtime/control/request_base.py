"""What every request has in common, and what it is answered from. Requests and answers are JSON values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox

#: What the request says it gives; or `error`, one sentence.
Answer: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Service:
    """What requests are answered from: the outbox, and functions that give the present state of the service.

    `reload` takes the configuration file at a path.
    """

    outbox: Outbox
    status: Callable[[], Answer] = field(default=dict)
    settings: Callable[[], Answer] = field(default=dict)
    reload: Callable[[str], Answer] = field(default=lambda _path: {})


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

    @abstractmethod
    def answer(self, service: Service) -> Answer:
        """Do what is asked. Raises `OutboxError` when the outbox cannot be used."""
