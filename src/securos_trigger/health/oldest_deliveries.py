"""Asks the outbox for the oldest delivery of each target, and does not wait while its disk hangs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.outbox import Oldest, Outbox

_ANSWER_WITHIN_S: Final = 0.5


class OldestDeliveries:
    """One question at a time. One thread asks."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._question: Future[dict[str, Oldest]] | None = None

    def ask(self, targets: Sequence[str]) -> dict[str, Oldest] | None:
        """The oldest delivery of each target; None while the outbox waits for the disk. Nothing is asked twice."""
        self._question = self._question or self._outbox.oldest_undelivered(tuple(targets))
        try:
            oldest = self._question.result(_ANSWER_WITHIN_S)
        except FutureTimeoutError:
            return None
        except OutboxError:  # the outbox announces it, and so do the events that it does not keep
            self._question = None
            return None
        self._question = None
        return oldest
