"""The media time of one lane, from the times that its source gives and from the times of arrival. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

#: Clocks that differ by no more than this agree: the source's time is taken as it is.
MOST_BEHIND_S: Final = 300.0
MOST_AHEAD_S: Final = 5.0
#: Messages of which the least offset is that of the clock: a message may be late, but never early.
_OFFSETS: Final = 32
#: A stored time that is further ahead than this belongs to a clock that was set back since.
_CLOCK_SET_S: Final = 60.0


class LaneMoment(NamedTuple):
    """Media time and wall clock of a message, both in Unix seconds. Media time never goes backwards."""

    at: float
    captured_at: float


class LaneTime:
    """Gives the moments of a lane. `now` is its media time; 0: nothing has arrived yet."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self._offsets: deque[float] = deque(maxlen=_OFFSETS)
        #: Our time of the last message or tick.
        self.arrived_at = 0.0

    @property
    def offset_s(self) -> float | None:
        """How far the source's clock is behind ours, the way of its messages included; None: it gives no times."""
        return min(self._offsets, default=None)

    def take(self, said_at: float | None, arrived_at: float) -> LaneMoment:
        """The moment of a message that says it is of `said_at`."""
        at = captured_at = arrived_at
        if said_at is not None:
            self._offsets.append(arrived_at - said_at)
            offset_s = min(self._offsets)
            if -MOST_AHEAD_S <= offset_s <= MOST_BEHIND_S:
                at = captured_at = said_at
            elif arrived_at - MOST_BEHIND_S <= said_at + offset_s:  # its clock is wrong, but it runs
                at = captured_at = said_at + offset_s
        return LaneMoment(self._advance(at, arrived_at), captured_at)

    def tick(self, now: float) -> LaneMoment:
        """The moment of a tick at `now`: as much later than the last one as has passed since."""
        at = self._advance(self.now + max(0.0, now - self.arrived_at), now)
        return LaneMoment(at, at)

    def _advance(self, at: float, arrived_at: float) -> float:
        if self.now > arrived_at + _CLOCK_SET_S:
            self.now = at
        self.now = max(self.now, at)
        self.arrived_at = arrived_at
        return self.now
