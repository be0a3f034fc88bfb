"""The pace at which late events leave: even, and fast enough to catch up with what comes in."""

from __future__ import annotations

from collections import deque
from typing import Final

#: Over so much of the time in which events were kept their rate is judged: a burst is no rate.
_WINDOW_S: Final = 20.0


class Pacing:
    """Of one target. `late_per_s`, or twice the rate at which the events that leave now came in, if that is more.

    Judged by when they were kept, and not by how fast they leave: else the pace would drive itself up.
    """

    def __init__(self, late_per_s: float) -> None:
        self._late_per_s = late_per_s
        self._kept_at_s: deque[float] = deque()  # of deliveries that have ended, Unix seconds
        self._next_at = 0.0  # on the clock of `turn_after`

    @property
    def per_s(self) -> float:
        """So many late events may leave in a second."""
        return max(self._late_per_s, 2.0 * len(self._kept_at_s) / _WINDOW_S)

    def note(self, kept_at_s: float) -> None:
        """A delivery that was kept then has ended."""
        self._kept_at_s.append(kept_at_s)
        while abs(kept_at_s - self._kept_at_s[0]) > _WINDOW_S:  # also when the clock was set back
            self._kept_at_s.popleft()

    def turn_after(self, now_at: float) -> float:
        """The instant at which the next late event may leave."""
        turn_at = max(self._next_at, now_at)
        self._next_at = turn_at + 1.0 / self.per_s
        return turn_at
