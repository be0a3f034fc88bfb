"""Poison messages: deliveries that fail at each attempt while their target is healthy.

One is given up after some failures, and then the later events of its cameras are delivered.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from securos_trigger.model import Retry, RetryKind

#: Failures that the delivery itself may cause: the receiver may not cope with it, or a proxy refuses it.
_MAY_BE_ITS_OWN: Final = (RetryKind.TIMED_OUT, RetryKind.STUMBLED, RetryKind.REFUSED_ANOTHER)

#: Each one given up within this time doubles the failures that the next one needs. So a receiver that fails at every
#: delivery and calls itself healthy costs a few events an hour, not all of them.
_RECENT_S: Final = 3600.0
_MOST_DOUBLINGS: Final = 10


def may_be_its_own(failure: Retry) -> bool:
    """True when the delivery may be the cause, and not the target or the network."""
    return failure.kind in _MAY_BE_ITS_OWN


class PoisonMessages:
    """Counts the failures of each delivery to one target, in this process, while the target was healthy.

    A delivery is given up after `give_up_after` failures in a row. At a receiver that does not know event ids every
    attempt without an answer may show the event once more, so there `give_up_unanswered_after` time-outs are enough.
    """

    def __init__(self, give_up_after: int, give_up_unanswered_after: int) -> None:
        self._give_up_after = give_up_after
        self._give_up_unanswered_after = give_up_unanswered_after
        self._failures: dict[int, int] = {}  # in a row, by sequence
        self._given_up_at_ticks: deque[float] = deque(maxlen=_MOST_DOUBLINGS)

    def clear(self, sequence: int) -> None:
        """Forget the failures: the delivery was answered, or the last failure was the target's."""
        self._failures.pop(sequence, None)

    def note(self, sequence: int, failure: Retry, *, knows_event_ids: bool) -> str:
        """Count a failure at a healthy target. Gives why the delivery is given up now; empty: it is not."""
        count = self._failures[sequence] = self._failures.get(sequence, 0) + 1
        if failure.kind is RetryKind.TIMED_OUT and not knows_event_ids:
            if count < self._give_up_unanswered_after:
                return ""
            why = "without an answer, because this receiver knows no event ids and may show the event each time"
        else:
            now_ticks = time.monotonic()
            recently = sum(now_ticks - at_ticks < _RECENT_S for at_ticks in self._given_up_at_ticks)
            if count < self._give_up_after * 2**recently:
                return ""
            self._given_up_at_ticks.append(now_ticks)
            why = "while the receiver was healthy"
        return f"given up after {count} attempts {why}: {failure.message}"
