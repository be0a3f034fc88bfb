"""The messages to the writer thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from securos_trigger.model import Delivery, Event
from securos_trigger.outbox.clock_shifts import Reading
from securos_trigger.outbox.rows import Settlement
from securos_trigger.outbox.store import Store


@dataclass(frozen=True, slots=True)
class Put:
    """Keep an event for a target. `comes_again`: its owner offers it until it is kept, so it is never lost.

    `handed_over`: the clocks when it was handed over.
    """

    event: Event
    target: str
    comes_again: bool
    handed_over: Reading


@dataclass(frozen=True, slots=True)
class Settle:
    """Write down what becomes of claimed deliveries, in this order."""

    settlements: Sequence[tuple[Delivery, Settlement]]


@dataclass(frozen=True, slots=True)
class Claim:
    """Hand up to `limit` deliveries to a courier."""

    target: str
    limit: int
    least_tried_first: bool
    future: Future[list[Delivery]]

    def is_withdrawn(self) -> bool:
        """True when the courier has cancelled it. False: it can no longer be cancelled."""
        return not self.future.running() and not self.future.set_running_or_notify_cancel()


@dataclass(frozen=True, slots=True)
class Job:
    """Run anything else that needs the file, and give its result to `future`."""

    work: Callable[[Store], Any]
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class Stop:
    """End the thread: nothing comes after this."""


Message = Put | Settle | Claim | Job | Stop


def refuse(messages: Sequence[Message], error: Exception) -> list[Put]:
    """End the open claims and jobs among the messages; gives the events, which have no answer.

    A claim that no courier has yet is cancelled; a job, which has a caller that waits, gets `error`.
    """
    for message in messages:
        match message:
            case Claim(future=future) if not future.done() and not future.cancel():
                future.set_exception(error)
            case Job(future=asked) if not asked.done() and (asked.running() or asked.set_running_or_notify_cancel()):
                asked.set_exception(error)
    return [message for message in messages if isinstance(message, Put)]
