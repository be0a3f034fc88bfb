"""Gives the position of each frame of a recording, and counts the reasons in each stretch of it."""

from __future__ import annotations

import math
from collections import Counter

from securos_trigger.model import Moment
from securos_trigger.model.media_time import MediaClock

#: A timeline has at most this many stretches: when the recording is longer, they become twice as wide.
MAX_STRETCHES = 1_024
FIRST_WIDTH_S = 0.25
#: The largest position; nonsense media times end here.
MAX_POSITION_S = 1e12


class SourceClock:
    """Seconds since a source's first frame. They go on where media time jumps back (a restart, a loop)."""

    def __init__(self) -> None:
        self.position_s = 0.0
        self._clock = MediaClock()
        self._origin_at: float | None = None
        self._origin_s = 0.0

    def advance(self, at: object) -> float:
        """Give the position of a frame with media time `at` (seconds; unusable: that of the frame before)."""
        return self._position(self._clock.advance(at))

    def advance_to(self, moment: Moment) -> float:
        """Give the position of a frame with this moment."""
        return self._position(self._clock.advance_to(moment))

    def _position(self, has_jumped: bool) -> float:
        if has_jumped or self._origin_at is None:
            self._origin_s = self.position_s
            self._origin_at = self._clock.now if self._clock.has_begun else None
            return self.position_s
        self.position_s = min(self._origin_s + (self._clock.now - self._origin_at), MAX_POSITION_S)
        return self.position_s


class Timeline:
    """Frames by reason, in stretches of equal width. Bounded, however long the recording is.

    `stretches[n]` counts the frames from `n * width_s` to `(n + 1) * width_s`, by reason.
    """

    def __init__(self) -> None:
        self.width_s = FIRST_WIDTH_S
        self.stretches: list[Counter[str]] = []

    def stretch_at(self, position_s: float) -> tuple[Counter[str], float]:
        """The counts of the stretch at `position_s`, to be counted up until the position (seconds) where it ends."""
        index = int(position_s / self.width_s)
        while index >= MAX_STRETCHES:
            self._widen()
            index = int(position_s / self.width_s)
        while len(self.stretches) <= index:
            self.stretches.append(Counter())
        return self.stretches[index], (index + 1) * self.width_s

    def _widen(self) -> None:
        self.width_s *= 2
        pairs = zip(self.stretches[::2], [*self.stretches[1::2], Counter[str]()], strict=False)
        self.stretches = [first + second for first, second in pairs]

    def columns(self, most: int) -> list[Counter[str]]:
        """The same counts in at most `most` columns of equal width, for drawing."""
        together = max(1, math.ceil(len(self.stretches) / most))
        groups = (self.stretches[start : start + together] for start in range(0, len(self.stretches), together))
        return [sum(group, Counter[str]()) for group in groups]
