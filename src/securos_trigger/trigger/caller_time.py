"""Media time as the caller of `process` gives it: any real number of seconds, or none."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from securos_trigger.model.media_time import ABSURD_STEP_S, elapsed_s
from securos_trigger.system.clock import monotonic_s
from securos_trigger.system.timestamps import is_of_a_frame

#: Media time stands still when it is the same on this many calls in a row, and for this long: a program that calls for
#: each object of a frame has many calls with one time.
STILL_CALLS = 250
STILL_S = 10.0
# Jumps of media time, as the node counts them, after which the unit is in doubt.
_MOST_JUMPS = 20


class CallerTime:
    """Makes a float of the `at` of each call. A call whose `at` is not finite has given no time.

    As long as no call has given a time, it is the time since the first call: of `captured_at` where that is given,
    else of the monotonic clock. After that, a call without a time has that of the frame before.

    When media time is the same on 250 calls in a row and for 10 s, `on_unusable` is called once with the reason, and
    `on_usable` when it moves again. It stands still until then: `at` is the caller's clock, which a replay drives
    faster than any other clock, and which a player may stop. A time of ours instead would make decisions that no replay
    gives again.

    A step of days on every frame is no time in seconds (nanoseconds are such steps): it counts as missing, and
    `on_unusable` is called once with the reason. Smaller steps that no wall clock explains may be those of a sparse
    source, so they count; `on_unusable` is called once for them, too.
    """

    __slots__ = (
        "_first_call_at_s",
        "_first_captured_at",
        "_has_named_jumps",
        "_last",
        "_on_unusable",
        "_on_usable",
        "_still_since_s",
        "_why_absurd",
        "_why_same",
        "absurd_steps",
        "counted_at",
        "has_time",
        "still_calls",
    )

    def __init__(self, on_unusable: Callable[[str], None], on_usable: Callable[[], None] = lambda: None) -> None:
        #: True from the first call on that has given a time. A caller that takes floats as they are sets it itself.
        self.has_time = False
        self._on_unusable, self._on_usable = on_unusable, on_usable
        self._why_absurd = self._why_same = ""
        #: The media time that counted on the last call, and the calls in a row before it that had the same.
        self.counted_at = math.nan
        self.still_calls = 0
        self._still_since_s = 0.0
        self._last = math.nan
        #: Steps of days in a row. The node sets it to 0 where a frame's own time was used: a stray before such a frame
        #: and one after it are not in a row.
        self.absurd_steps = 0
        self._has_named_jumps = False
        self._first_captured_at: datetime | None = None
        self._first_call_at_s: float | None = None

    @property
    def why_still(self) -> str:
        """Why time stands still: the last calls gave no time that can be used; empty: it does not."""
        return self._why_absurd or self._why_same

    def note_counted(self, at: float) -> None:
        """Note the media time that counted on a call. A caller that compares it with `counted_at` itself may leave out
        a time that moves while `still_calls` is 0, if it sets `counted_at`.
        """
        if at != self.counted_at:
            self.counted_at = at
            self.still_calls = 0
            if self._why_same:
                self._why_same = ""
                self._on_usable()
            return
        self.still_calls += 1
        if self.still_calls == 1:
            self._still_since_s = monotonic_s()
        if self.still_calls < STILL_CALLS or self._why_same or self._why_absurd:
            return
        if monotonic_s() - self._still_since_s >= STILL_S:
            self._why_same = (
                f"media time has been {at:g} for {STILL_S:g} s and {self.still_calls} calls: at does not move, or is "
                "not finite. Until it moves, time stands still"
            )
            self._on_unusable(self._why_same)

    def seconds(self, at: object, captured_at: datetime | None) -> float:
        """Give the media time. TypeError: `at` is no real number."""
        if at is None:
            return math.nan if self.has_time else self._elapsed_s(captured_at)
        value = at if type(at) is float else _real_number(at)
        if not math.isfinite(value):
            return math.nan if self.has_time else self._elapsed_s(captured_at)
        self.has_time = True
        step_s = value - self._last
        self._last = value
        if abs(step_s) < ABSURD_STEP_S or math.isnan(step_s):
            self.absurd_steps = 0
            if self._why_absurd:
                self._why_absurd = ""
                self._on_usable()
            return value
        self.absurd_steps += 1
        if self.absurd_steps == 2:  # a single one may be a clock that was set
            self._why_absurd = (
                f"at steps by {abs(step_s):.0f} from frame to frame: it is media time in seconds, not in nanoseconds. "
                "Until it is, time stands still"
            )
            self._on_unusable(self._why_absurd)
        return math.nan

    def note_jumps(self, jumps: int, frames: int) -> None:
        """An event fires, and media time has jumped on this many of the frames: milliseconds and ticks do so."""
        if jumps >= _MOST_JUMPS and 2 * jumps > frames and not self._has_named_jumps:
            self._has_named_jumps = True
            self._on_unusable(
                "at jumps by more than 5 s from frame to frame: it is media time in seconds, not in "
                "milliseconds or ticks. Where frames are that rare, give captured_at, which explains it"
            )

    def _elapsed_s(self, captured_at: datetime | None) -> float:
        if captured_at is not None:
            self._first_captured_at = self._first_captured_at or captured_at
            return elapsed_s(self._first_captured_at, captured_at)
        now_s = monotonic_s()
        self._first_call_at_s = now_s if self._first_call_at_s is None else self._first_call_at_s
        return now_s - self._first_call_at_s


def wall_clock(captured_at: object) -> datetime:
    """A caller's wall clock with its zone; one without a zone is local time, as `datetime` takes it.

    TypeError: it is no datetime.
    """
    if type(captured_at) is datetime and captured_at.tzinfo is UTC:
        return captured_at
    if not isinstance(captured_at, datetime):
        shown, kind = repr(captured_at)[:60], type(captured_at).__name__
        raise TypeError(f"captured_at is the frame's wall clock, a datetime; this is {kind}: {shown}.")
    if captured_at.utcoffset() is not None:
        return captured_at
    return captured_at.astimezone() if is_of_a_frame(captured_at) else captured_at.replace(tzinfo=UTC)


def _real_number(at: Any) -> float:
    """A real number of any type as a float; not finite for one that is too large. TypeError: it is none."""
    kind = getattr(getattr(at, "dtype", None), "kind", "f")
    if isinstance(at, bool | str | bytes) or kind not in "iuf" or getattr(at, "shape", ()) != ():
        raise TypeError(_not_a_time(at))
    try:
        return float(at)
    except TypeError:
        raise TypeError(_not_a_time(at)) from None
    except (OverflowError, ValueError):  # too large, or a signaling not-a-number
        return math.nan


def _not_a_time(at: object) -> str:
    shown = repr(at)
    shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
    if isinstance(at, datetime):
        hint = " A wall-clock time goes into captured_at."
    elif isinstance(at, timedelta):
        hint = " Take at.total_seconds()."
    else:
        hint = ""
    return f"at is media time in seconds, a real number such as 12.48; this is {type(at).__name__}: {shown}.{hint}"
