"""The clock of due instants: it cannot be set, so that no wait grows or shrinks with the system's clock."""

from __future__ import annotations

import time
from collections.abc import Callable


class DueClock:
    """Gives the Unix seconds of its start plus the time that has passed since. `wall` gives Unix seconds."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._began_at_s, self._began_at_ticks = wall(), time.monotonic()

    def now_s(self) -> float:
        """Give the present instant."""
        return self._began_at_s + time.monotonic() - self._began_at_ticks
