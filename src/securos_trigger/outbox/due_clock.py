"""The clock of due instants: it cannot be set, so that no wait grows or shrinks with the system's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from securos_trigger.outbox.rows import Again, Settlement


class DueClock:
    """Gives the Unix seconds of its start plus the time that has passed since. `wall` gives Unix seconds."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._began_at_s, self._began_at_ticks = wall(), time.monotonic()

    def now_s(self) -> float:
        """Give the present instant."""
        return self._began_at_s + time.monotonic() - self._began_at_ticks

    def converted(self, settlement: Settlement) -> Settlement:
        """Give a settlement whose due instant, which is of the wall clock, is one of this clock."""
        if not isinstance(settlement, Again) or not settlement.due_at_s:
            return settlement
        return replace(settlement, due_at_s=settlement.due_at_s - self._wall() + self.now_s())
