"""The moments of a source's frames: clean media time, the wall clock, and an id for each start of the source."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from securos_trigger.model import Moment
from securos_trigger.model.media_time import MediaClock

#: A longer step of media time, unless such steps are usual, begins the pace of a file anew.
LONGEST_WAIT_S = 5.0
#: A file that is this far behind its own pace is reported.
BEHIND_S = 5.0
# Seconds from frame to frame of a source that does not say it.
_USUAL_STEP_S = 1 / 25


class FrameTimes:
    """Gives each frame of a source its moment.

    Stray time stamps are replaced (`MediaClock`), so that every node, recording and sink has the same clean time.
    `begin` says that the source begins anew. It also begins anew where its stamps jump for good.
    """

    def __init__(self, source_name: str) -> None:
        self._source_name = source_name
        self._clock = MediaClock(_USUAL_STEP_S)
        self._jumps = 0
        self._start = ""
        self.begin()

    @property
    def now(self) -> float:
        """Media time of the last frame, in seconds."""
        return self._clock.now

    def begin(self, usual_step_s: float | None = None) -> None:
        """Begin anew: the next stamp counts at once. `usual_step_s`: seconds from frame to frame, as far as known."""
        self._start = uuid.uuid4().hex
        self._clock.usual_step_s = usual_step_s or self._clock.usual_step_s

    def moment(self, stamp: float | None) -> Moment:
        """Give the moment of a frame that was read now. `stamp`: its own time in seconds; None: a usual step more."""
        clock, captured_at = self._clock, datetime.now(UTC)
        if stamp is None:
            stamp = clock.now + (clock.usual_step_s or 0.0)
        clock.advance(stamp, captured_at, self._start)
        if clock.jumps != self._jumps:  # the nodes must not wait for this jump to persist a second time
            self._jumps = clock.jumps
            self.begin()
            clock.advance(clock.now, captured_at, self._start)
        return Moment(clock.now, captured_at, self._source_name, self._start)


class Pace:
    """Holds a file to its own speed. `on_behind` is called once, with the seconds it is behind."""

    def __init__(self, on_behind: Callable[[float], None]) -> None:
        self._on_behind = on_behind
        self._is_behind = False
        self._began_at_s: float | None = None  # on the monotonic clock, for media time 0
        self._last_at = 0.0
        self._step_s = 0.0

    def wait_s(self, at: float) -> float:
        """Seconds until the frame with media time `at` (seconds) is due."""
        now_s = time.monotonic()
        step_s = at - self._last_at
        is_jump = not 0 <= step_s <= max(LONGEST_WAIT_S, 4 * self._step_s)
        if self._began_at_s is None or is_jump:
            self._began_at_s = now_s - at
        else:
            self._step_s = step_s
        self._last_at = at
        wait_s = self._began_at_s + at - now_s
        if wait_s < -BEHIND_S and not self._is_behind:
            self._is_behind = True
            self._on_behind(-wait_s)
        return max(0.0, wait_s)
