"""Which notice of a lost source to announce, and how serious it is: a log says ERROR where `status` says `!`."""

from __future__ import annotations

import logging
import time
from typing import Final

from securos_trigger.notices import kinds
from securos_trigger.notices.registry import NoticeKind

#: A live source that has given nothing for this long needs a person, in seconds.
RED_AFTER_S: Final = 30.0
#: How a reason begins that no reconnecting ends.
REFUSED_LOGIN: Final = "it refuses the login"


class SourceOutage:
    """The outage of one live source, from its first to its last failed attempt. From one thread at a time."""

    def __init__(self) -> None:
        self._since_at_ticks: float | None = None
        self._said: set[str | int] = set()

    def lost(self, reason: str, since_at_ticks: float) -> tuple[NoticeKind, int] | None:
        """Take a failed attempt; the notice to announce and its level, or None: that was said already.

        `since_at_ticks` (monotonic) is when an outage that begins now has begun. Each reason is said once, and once
        as an error that it lasts for `RED_AFTER_S`.
        """
        is_first = self._since_at_ticks is None
        if self._since_at_ticks is None:
            self._since_at_ticks = since_at_ticks
        is_red = reason.startswith(REFUSED_LOGIN) or time.monotonic() - self._since_at_ticks >= RED_AFTER_S
        kind = kinds.SOURCE_LOST if is_first else kinds.SOURCE_STILL_LOST
        level = logging.ERROR if is_red else kind.level
        if {reason, level} <= self._said:
            return None
        self._said |= {reason, level}
        return kind, level

    def over(self, digits: int = 3) -> float | None:
        """It works. For how many seconds it had not, with this many decimals; None: it had."""
        since_at_ticks, self._since_at_ticks = self._since_at_ticks, None
        self._said.clear()
        return None if since_at_ticks is None else round(time.monotonic() - since_at_ticks, digits)
