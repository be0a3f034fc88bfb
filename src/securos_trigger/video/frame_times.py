"""The moments of a source's frames: clean media time, the wall clock, and an id for each start of the source."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from securos_trigger.model import Moment
from securos_trigger.model.media_time import PERSISTS_FRAMES, MediaClock
from securos_trigger.model.source_figures import SourceFigures

#: A longer step of media time, unless such steps are usual, begins the pace of a file again.
LONGEST_WAIT_S = 5.0
#: A file that is this far behind its own pace is reported.
BEHIND_S = 5.0
#: Seconds from frame to frame of a camera that does not say it.
USUAL_STEP_S = 1 / 25


class FrameTimes:
    """Gives each frame of a source its moment.

    Stray time stamps are replaced (`MediaClock`), so that every node, recording and sink has the same clean time.
    `begin` says that the source begins again. It also begins again where its stamps jump for good, unless it is known
    when its frames come: then media time goes on as that does.
    """

    def __init__(self, source_name: str, usual_step_s: float | None = USUAL_STEP_S) -> None:
        """`usual_step_s`: seconds from frame to frame as far as they can be expected; None: they cannot."""
        self._source_name = source_name
        self._clock = MediaClock(usual_step_s)
        self._jumps = 0
        self._start = ""
        self._clock_start = ""  # the clock's own: it begins again also where the source does not
        self._shift_s = 0.0
        self._frames = 0
        self._counted_at, self._counted_came_s = 0.0, 0.0  # of the last frame whose own stamp counted
        self.begin()

    @property
    def now(self) -> float:
        """Media time of the last frame, in seconds."""
        return self._clock.now

    def begin(self, usual_step_s: float | None = None) -> None:
        """Begin again: the next stamp counts at once. `usual_step_s`: seconds from frame to frame, as far as known."""
        self._start = self._clock_start = uuid.uuid4().hex
        self._shift_s = 0.0
        self._frames = 0
        self._clock.usual_step_s = usual_step_s or self._clock.usual_step_s

    def moment(self, stamp: float | None, came_s: float | None = None) -> Moment:
        """Give the moment of a frame that was read now. `stamp`: its own time in seconds; None: a usual step more.

        `came_s`: when a frame of a live source came, on a steady clock.
        """
        if stamp is None:
            return self.moment_after(self._clock.usual_step_s or 0.0)
        return self._at(stamp + self._shift_s, came_s)

    def moment_after(self, step_s: float) -> Moment:
        """Give the moment of a frame that was read now, this many seconds of media time after the last one."""
        return self._at(self._clock.now + step_s)

    def go_on_with(self, stamp: float, step_s: float) -> None:
        """Let `stamp` mean this many seconds of media time after the last frame, and the stamps after it follow it."""
        self._shift_s = self._clock.now + step_s - stamp

    def _at(self, stamp: float, came_s: float | None = None) -> Moment:
        clock, captured_at = self._clock, datetime.now(UTC)
        before = clock.now
        clock.advance(stamp, captured_at, self._clock_start)
        self._frames += 1
        if clock.jumps != self._jumps:
            self._jumps = clock.jumps
            self._follow_jump(before, captured_at, came_s)
        elif clock.now == stamp and came_s is not None:
            self._counted_at, self._counted_came_s = stamp, came_s
        return Moment(clock.now, captured_at, self._source_name, self._start)

    def _follow_jump(self, before: float, captured_at: datetime, came_s: float | None) -> None:
        """Time went on elsewhere: begin again, so that the nodes do not wait for this jump to persist a second time.

        When only the first frame of all was elsewhere, it was the stray one: time goes on from it, and nothing begins
        again. Neither does it where the clock of a camera was set: what is seen goes on as its frames come.
        """
        clock, now = self._clock, self._clock.now
        is_first_stray = self._frames == 1 + PERSISTS_FRAMES
        if is_first_stray or came_s is not None:
            now = before + (clock.usual_step_s or 0.0)
            if came_s is not None and not is_first_stray:
                now = max(before, self._counted_at + came_s - self._counted_came_s)
            self._shift_s += now - clock.now
            self._clock_start = uuid.uuid4().hex
        else:
            self.begin()
        clock.advance(now, captured_at, self._clock_start)


def _ignore(_: float) -> None:
    pass


class Pace:
    """Holds a file to its own speed. `on_behind` is called once, with the seconds it is behind; `figures` follow it.

    Without it, what is behind catches up: frames that are too many are counted elsewhere.
    """

    def __init__(self, on_behind: Callable[[float], None] = _ignore, figures: SourceFigures | None = None) -> None:
        self._on_behind = on_behind
        self._figures = figures or SourceFigures()
        self._is_behind = False
        self._began_at_ticks: float | None = None  # for media time 0
        self._last_at = 0.0
        self._step_s = 0.0

    def wait_s(self, at: float) -> float:
        """Seconds until the frame with media time `at` (seconds) is due."""
        now_s = time.monotonic()
        step_s = at - self._last_at
        is_jump = not 0 <= step_s <= max(LONGEST_WAIT_S, 4 * self._step_s)
        if self._began_at_ticks is None or is_jump:
            self._began_at_ticks = now_s - at
        else:
            self._step_s = step_s
        self._last_at = at
        wait_s = self._began_at_ticks + at - now_s
        if wait_s < -BEHIND_S:
            self._figures.behind_s, self._figures.behind_at_ticks = -wait_s, now_s
            if not self._is_behind:
                self._is_behind = True
                self._on_behind(-wait_s)
        return max(0.0, wait_s)
