"""Outcomes of events that an outbox does not have: another gateway has the same name, and each reads those of both."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from securos_trigger.notices import Announcer, kinds

#: It is over when none has come for this long, in seconds.
OVER_AFTER_S: Final = 600.0


class ForeignOutcomes:
    """Reports once that such outcomes come, and that none comes any more. For one thread. `ticks` gives seconds."""

    def __init__(self, gateway: str, announcer: Announcer, ticks: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._announcer = announcer
        self._ticks = ticks
        self._last_at_ticks: float | None = None

    @property
    def are_coming(self) -> bool:
        """True while such outcomes come."""
        return self._last_at_ticks is not None

    def note(self, event_id: str) -> None:
        """Note an outcome of an event that this outbox does not have."""
        if self._last_at_ticks is None:
            self._announcer.announce(kinds.OUTCOMES_FOREIGN, gateway=self._gateway, event_id=event_id)
        self._last_at_ticks = self._ticks()

    def look(self) -> None:
        """Report the end, when it has come."""
        if self._last_at_ticks is not None and self._ticks() - self._last_at_ticks >= OVER_AFTER_S:
            self._last_at_ticks = None
            self._announcer.announce(kinds.OUTCOMES_OWN_AGAIN, gateway=self._gateway)
