"""Media time from the time stamps of frames: which stamps count, and where time begins again. Pure: no clock."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from securos_trigger.model.frames import Moment

#: A smaller step backwards is jitter: time stands still.
JITTER_S = 1.0
#: A longer step forwards must be explained, or persist, before it counts.
LONGEST_STEP_S = 5.0
#: This many frames in a row at another time: time goes on there.
PERSISTS_FRAMES = 3
#: An unexplained step of this size is no time at all (nanoseconds given as seconds are such steps).
ABSURD_STEP_S = 1e6
# Media times come from fractions such as 1/30 s: differences smaller than this are rounding, not time. Seconds since
# 1970 are floats of a quarter of a microsecond.
ROUNDING_S = 1e-6

# Frames in a row whose stamps only rise, however irregularly: no stray stamps, the source is irregular.
_RISES_FRAMES = 8
# A step of up to this many usual ones is usual; so is one that counted a few frames ago.
_USUAL_STEPS = 30
_RECENT_FRAMES = 8
# How exactly the wall clock must have moved with media time, in seconds or as a share of the step.
_WALL_TOLERANCE_S, _WALL_TOLERANCE = 2.0, 0.1
# The longest step that is invented for a frame with a stray stamp: two of them stay within the jitter.
_INVENTED_STEP_S = 0.3


class MediaClock:
    """Gives the media time that counts, in `now`, from the stamps of a source's frames.

    A step of up to 5 s forwards counts, and one of less than 1 s backwards is jitter: time stands still. A longer step
    counts at once when it is explained: the wall clock moved with it (a gap), the source began again (another `start`:
    reconnect, loop), or steps of this size are usual (a sparse source; a first step has no usual one). Any other is a
    stray stamp: its frame gets the time of its neighbour, and a usual step more. When 3 frames in a row say so, time
    goes on at the new place. A missing stamp (None, not finite) has the time of the frame before.
    """

    __slots__ = (
        "_captured_at",
        "_frames_since_long",
        "_long_step_s",
        "_odd_frames",
        "_odd_rises",
        "_odd_stamp",
        "_stamp",
        "_start",
        "_step_from",
        "has_begun",
        "jumps",
        "now",
        "usual_step_s",
    )

    def __init__(self, usual_step_s: float | None = None) -> None:
        """`usual_step_s`: seconds from frame to frame as far as they are known before the second frame."""
        self.now = 0.0
        self.has_begun = False  # True from the first usable time on
        #: How often time went on elsewhere for good, without a gap or a new start that explains it.
        self.jumps = 0
        #: Seconds between the last two stamps that counted; None: not known.
        self.usual_step_s = usual_step_s
        self._stamp = 0.0  # the last one that counted; `now` may be ahead of it
        self._captured_at: datetime | None = None
        self._start: str | None = None
        self._odd_stamp: float | None = None
        self._odd_frames = self._odd_rises = 0
        self._long_step_s, self._frames_since_long = 0.0, _RECENT_FRAMES + 1
        self._step_from: float | None = None  # the stamp before a step of some seconds, while it may prove a stray one

    def advance(self, at: object, captured_at: datetime | None = None, start: str = "") -> bool:
        """Take the frame's stamp (seconds). True: time begins again at an earlier one, and state must be cleared.

        `captured_at` is the frame's wall clock; `start` is the id of this start of the source.
        """
        if type(at) is float and start == self._start:
            step_s = at - self._stamp
            if 0.0 <= step_s <= JITTER_S:  # the ordinary frame
                self._stamp = at
                if at > self.now:
                    self.now = at
                self.usual_step_s = step_s
                self._captured_at = captured_at
                self._odd_stamp = None
                self._frames_since_long += 1
                return False
        stamp = _seconds(at)
        if stamp is None:
            return False
        if start != self._start:
            return self._begin(stamp, captured_at, start)
        return self._step(stamp, captured_at)

    def advance_to(self, moment: Moment) -> bool:
        """Take a frame's moment: see `advance`."""
        return self.advance(moment.at, moment.captured_at, moment.start)

    def _begin(self, stamp: float, captured_at: datetime | None, start: str) -> bool:
        """Begin at the first stamp of a start."""
        is_back = self.has_begun and stamp < self.now - ROUNDING_S
        self.has_begun = True
        self._start = start
        self.now = stamp
        self._go_on_at(stamp, captured_at)
        return is_back

    def _step(self, stamp: float, captured_at: datetime | None) -> bool:
        """Judge a stamp that is not the ordinary one."""
        step_s = stamp - self._stamp
        if -JITTER_S < step_s < 0:
            self._odd_stamp = None
            return False
        if 0 <= step_s <= LONGEST_STEP_S:
            is_doubtful = step_s > JITTER_S and self._is_dense() and not self._is_gap(step_s, captured_at)
            self._step_from = self._stamp if is_doubtful else None
            self.usual_step_s = step_s
            self.now = max(self.now, stamp)
            self._go_on_at(stamp, captured_at, keep_doubt=is_doubtful)
            return False
        if self._step_from is not None and self._is_return(stamp):
            self._go_on_at(stamp, captured_at)
            return False
        if self._is_gap(step_s, captured_at):
            if self.usual_step_s is None:
                self.usual_step_s = abs(step_s)
            return self._jump_to(stamp, captured_at)
        if self._is_usual(abs(step_s)):
            self._note_long_step(abs(step_s))
            return self._jump_to(stamp, captured_at)
        return self._note_odd(stamp, captured_at)

    def _note_odd(self, stamp: float, captured_at: datetime | None) -> bool:
        """Count a stamp that is far away; time goes on there when it persists."""
        step_s = math.inf if self._odd_stamp is None else stamp - self._odd_stamp
        usual_step_s = self.usual_step_s or 0.0
        persists = -JITTER_S < step_s <= max(LONGEST_STEP_S, _USUAL_STEPS * usual_step_s)
        self._odd_frames = self._odd_frames + 1 if persists else 1
        self._odd_rises = self._odd_rises + 1 if 0 <= step_s <= ABSURD_STEP_S else 1
        self._odd_stamp = stamp
        if self._odd_frames < PERSISTS_FRAMES and self._odd_rises < _RISES_FRAMES:
            self.now += min(usual_step_s, _INVENTED_STEP_S)
            return False
        self._note_long_step(step_s if step_s > LONGEST_STEP_S else 0.0)
        return self._jump_to(stamp, captured_at)

    def _jump_to(self, stamp: float, captured_at: datetime | None) -> bool:
        """Go on far away. True: that is earlier."""
        is_back = stamp <= self.now - JITTER_S
        self.now = stamp if is_back else max(self.now, stamp)
        self._go_on_at(stamp, captured_at)
        return is_back

    def _note_long_step(self, step_s: float) -> None:
        self.jumps += 1
        if step_s:
            self.usual_step_s = self._long_step_s = step_s
            self._frames_since_long = 0

    def _go_on_at(self, stamp: float, captured_at: datetime | None, *, keep_doubt: bool = False) -> None:
        self._stamp = stamp
        self._captured_at = captured_at
        self._odd_stamp = None
        self._frames_since_long += 1
        if not keep_doubt:
            self._step_from = None

    def _is_dense(self) -> bool:
        return self.usual_step_s is not None and self.usual_step_s < JITTER_S

    def _is_usual(self, size_s: float) -> bool:
        """True when the source's steps are of this size, as far as that is known."""
        usual_step_s = self.usual_step_s
        if usual_step_s is None:
            return size_s <= ABSURD_STEP_S
        if self._frames_since_long <= _RECENT_FRAMES:
            usual_step_s = max(usual_step_s, self._long_step_s)
        return usual_step_s >= JITTER_S and size_s <= min(_USUAL_STEPS * usual_step_s, ABSURD_STEP_S)

    def _is_gap(self, step_s: float, captured_at: datetime | None) -> bool:
        """True when the wall clock moved with the stamps since the last one that counted."""
        if captured_at is None or self._captured_at is None:
            return False
        wall_step_s = elapsed_s(self._captured_at, captured_at)
        size_s = abs(step_s)
        return abs(step_s - wall_step_s) <= min(max(_WALL_TOLERANCE_S, _WALL_TOLERANCE * size_s), size_s / 2)

    def _is_return(self, stamp: float) -> bool:
        """True when the step of some seconds was a stray stamp: the frames after it go on from before it."""
        assert self._step_from is not None
        return self._step_from - JITTER_S < stamp <= self._step_from + LONGEST_STEP_S


def elapsed_s(earlier: datetime, later: datetime) -> float:
    """Seconds between two wall clocks; not-a-number when only one has a zone, or one is at the end of the calendar.

    Python subtracts two times of one zone as its clock shows them, which is an hour wrong where daylight saving begins
    or ends: so both are taken in UTC.
    """
    try:
        if later.tzinfo is earlier.tzinfo and later.tzinfo not in (None, UTC):
            earlier, later = earlier.astimezone(UTC), later.astimezone(UTC)
        return (later - earlier).total_seconds()
    except (TypeError, OverflowError):
        return math.nan


def _seconds(at: object) -> float | None:
    """A stamp as a number of seconds; None: it is missing or unusable."""
    if type(at) is not float:
        if isinstance(at, bool) or not isinstance(at, int | float):
            return None
        try:
            at = float(at)
        except OverflowError:
            return None
    return at if math.isfinite(at) else None
