"""When a true condition fires: level or rising edge, hold, and interval, on media time only.

Small state machines without a clock of their own: every step gets the frame's media time (`model.media_time`). What
they decide depends on nothing else, so a replay at any speed decides the same.

* `interval` counts from the last event that was kept. A firing reserves it; `release` gives it back.
* Unknown never fires; it keeps the last state for up to a second, then it counts as false.
"""

from __future__ import annotations

from securos_trigger.model import Reason, TriggerMode
from securos_trigger.model.media_time import ROUNDING_S

UNKNOWN_GRACE_S = 1.0

# Looking up a member on its class costs as much as the rest of a step.
_CONDITION_FALSE, _CONDITION_UNKNOWN, _FIRED = Reason.CONDITION_FALSE, Reason.CONDITION_UNKNOWN, Reason.FIRED


class Rise:
    """Whether a true condition counts on this frame: level or rising edge, after it has held."""

    def __init__(self, mode: TriggerMode, hold_s: float) -> None:
        self._fires_on_edge = mode is TriggerMode.RISING_EDGE
        self._hold_s = hold_s
        self._true_since: float | None = None
        self._unknown_since: float | None = None
        self._is_spent = False

    def step(self, now: float, truth: bool | None) -> Reason:
        """The condition was `truth` (None: unknown) at `now`. FIRED: it counts, as far as this machine is asked."""
        if self._unknown_since is not None and now - self._unknown_since > UNKNOWN_GRACE_S:
            self.clear()
        if truth is None:
            if self._unknown_since is None:
                self._unknown_since = now
            return _CONDITION_UNKNOWN
        self._unknown_since = None
        if not truth:
            self.clear()
            return _CONDITION_FALSE
        if self._true_since is None:
            self._true_since = now
        if self._hold_s and now - self._true_since < self._hold_s - ROUNDING_S:
            return Reason.HOLDING
        if self._fires_on_edge:
            if self._is_spent:
                return Reason.NOT_RISEN
            self._is_spent = True
        return _FIRED

    def rearm(self) -> None:
        """The event of this rise could not be kept: the next true frame is a rise again."""
        self._is_spent = False

    def clear(self) -> None:
        """The condition is false from now on: the next true frame is a rise."""
        self._true_since = None
        self._unknown_since = None
        self._is_spent = False


class Interval:
    """The least time between kept events. 0: no limit."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._last_at: float | None = None
        self._last_event_id = ""
        self._previous_at: float | None = None

    def left_s(self, now: float) -> float:
        """Seconds until the next event may fire; 0 when it may fire now."""
        if self._last_at is None or self._interval_s <= 0:
            return 0.0
        left_s = self._interval_s - (now - self._last_at)
        return left_s if left_s > ROUNDING_S else 0.0

    def reserve(self, event_id: str, now: float) -> None:
        """An event fires now: the interval counts from it, unless it is released."""
        self._previous_at = self._last_at
        self._last_at = now
        self._last_event_id = event_id

    def release(self, event_id: str) -> bool:
        """The event could not be kept. True: it was the latest, and the interval is as it was before it."""
        if event_id != self._last_event_id:
            return False
        self._last_at = self._previous_at
        self._last_event_id = ""
        return True

    def clear(self) -> None:
        """Forget the last event: media time starts anew."""
        self._last_at = self._previous_at = None
        self._last_event_id = ""
