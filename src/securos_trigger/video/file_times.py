"""The moments of a file's frames: by their time stamps, or counted at the file's rate where the stamps are no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final

from securos_trigger.model import Moment
from securos_trigger.model.media_time import JITTER_S, MediaClock
from securos_trigger.video.frame_times import FrameTimes

#: Stamps that do not rise on this number of frames in a row are no clock.
STILL_FRAMES: Final = 25
# No video has a frame within less than this of the one before, in seconds.
_LEAST_STEP_S: Final = 0.0001
# Stamps that jump this often within a minute of frames, elsewhere and for good each time, are no clock. A gap in a
# recording is no such jump: it goes forwards, from stamps that rose to stamps that rise.
_MOST_JUMPS: Final = 5
_JUMPS_WITHIN_S: Final = 60.0
# Frames come in the order in which they are shown. Stamps that fall this often within a minute of frames, by little,
# are of another order: an AVI file has only the times at which H.264 with B-frames is decoded.
_MOST_FALLS: Final = 10


class FileTimes:
    """Gives each frame of a file its moment.

    When 25 frames in a row have the same stamp (also when a few values repeat), or stamps jump five times within a
    minute, backwards or without an ordinary step in between, or fall ten times within a minute by little, media time
    goes on at `frames_per_s` from there to the end of the file: `on_unusable` gets the reason. Gaps, as a recording of
    motion has them, count as they are, and so do those of a time lapse, whose frames are a second or more apart from
    the begin on. The wall clock says nothing about a file: it is read as fast as it can be.
    """

    def __init__(self, source: str, on_unusable: Callable[[float, str], None]) -> None:
        self._times = FrameTimes(source)
        self._on_unusable = on_unusable
        self.begin(25.0, None)

    def begin(self, frames_per_s: float, usual_step_s: float | None) -> None:
        """The file begins, or begins again. `usual_step_s`: seconds from frame to frame, as far as known."""
        self._times.begin(usual_step_s)
        self._frames_per_s = frames_per_s
        self._is_counted = False
        self._is_sparse = usual_step_s is not None and usual_step_s >= JITTER_S
        self._clock, self._jumps = MediaClock(usual_step_s or 1 / frames_per_s), 0
        self._frames = self._still_frames = 0
        self._highest: float | None = None
        self._stamp, self._has_risen = inf, False  # the stamp before, and whether it was above its own
        self._falls_at: deque[int] = deque(maxlen=_MOST_FALLS)
        self._before_jump: float | None = None  # the stamp before the jump that may begin; None: no step rose to it
        self._jumps_at: deque[int] = deque(maxlen=_MOST_JUMPS)

    def moment(self, stamp: float | None) -> Moment:
        """The moment of a frame. `stamp`: its own time in seconds; None: it has none."""
        if stamp is not None and not self._is_counted:
            reason = self._why_unusable(stamp)
            if reason:
                self._is_counted = True
                self._on_unusable(self._frames_per_s, reason)
        return self._times.moment_after(1 / self._frames_per_s) if self._is_counted else self._times.moment(stamp)

    def _why_unusable(self, stamp: float) -> str:
        self._frames += 1
        self._still_frames += 1
        self._clock.advance(stamp)
        if self._clock.jumps != self._jumps:
            before = self._highest if self._is_sparse else self._before_jump
            is_gap = before is not None and stamp > before
            self._jumps, self._highest, self._before_jump = self._clock.jumps, None, None
            if not is_gap:
                self._jumps_at.append(self._frames)
        is_stray = abs(stamp - self._clock.now) > JITTER_S
        if not is_stray:
            self._note_fall(stamp)
        least_s = _LEAST_STEP_S * self._still_frames
        if not is_stray and (self._highest is None or stamp - self._highest >= least_s):
            self._before_jump = None if self._highest is None else stamp
            self._highest, self._still_frames = stamp, 0
        within = _JUMPS_WITHIN_S * self._frames_per_s
        if len(self._jumps_at) == _MOST_JUMPS and self._frames - self._jumps_at[0] <= within:
            return "its time stamps jump again and again"
        if len(self._falls_at) == _MOST_FALLS and self._frames - self._falls_at[0] <= within:
            return "its time stamps go back and forth"
        return "its time stamps do not rise" if self._still_frames >= STILL_FRAMES else ""

    def _note_fall(self, stamp: float) -> None:
        """Count a stamp that is less than the one before, by little, which was more than its own."""
        if self._has_risen and self._stamp - JITTER_S < stamp < self._stamp:
            self._falls_at.append(self._frames)
        self._has_risen, self._stamp = stamp > self._stamp, stamp
