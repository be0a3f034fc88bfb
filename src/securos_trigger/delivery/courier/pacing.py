"""The rate limit of late events: they leave evenly, and faster than new ones come in."""

from __future__ import annotations

from collections import deque
from typing import Final

#: The rate of new events is their mean over this span, so that a burst does not raise it.
_WINDOW_S: Final = 20.0


class Pacing:
    """Limits the late events of one target to `late_per_s`, or to twice the rate at which events came in, if higher.

    The rate at which events came in is computed from the instants at which they were kept. The rate at which they leave
    would not do: each rise of the limit would raise it again.
    """

    def __init__(self, late_per_s: float) -> None:
        self._late_per_s = late_per_s
        self._kept_at_s: deque[float] = deque()  # of deliveries that have ended, Unix seconds
        self._next_at_ticks = 0.0  # on the clock of `take_turn`

    @property
    def per_s(self) -> float:
        """Late events that may leave in a second."""
        return max(self._late_per_s, 2.0 * len(self._kept_at_s) / _WINDOW_S)

    def note(self, kept_at_s: float) -> None:
        """Count a delivery that has ended. `kept_at_s`: when it was kept, Unix seconds."""
        self._kept_at_s.append(kept_at_s)
        while abs(kept_at_s - self._kept_at_s[0]) > _WINDOW_S:  # also when the clock was set back
            self._kept_at_s.popleft()

    def take_turn(self, now_ticks: float) -> float:
        """Take the next turn: the instant at which a late event may leave."""
        turn_at_ticks = max(self._next_at_ticks, now_ticks)
        self._next_at_ticks = turn_at_ticks + 1.0 / self.per_s
        return turn_at_ticks
