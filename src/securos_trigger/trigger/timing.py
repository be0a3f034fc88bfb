"""When a true condition fires: level or rising edge, hold, and interval, on media time only.

Small state machines without a clock of their own: every step gets the frame's media time (`model.media_time`). What
they decide depends on nothing else, so a replay at any speed decides the same.

* `interval` counts from the last event that was kept. A firing reserves it; `release` gives it back, after a pause.
* Unknown never fires; it keeps the last state for up to a second, then it counts as false.
"""

from __future__ import annotations

from typing import Any

from securos_trigger.model import Reason, TriggerMode
from securos_trigger.model.media_time import ROUNDING_S

UNKNOWN_GRACE_S = 1.0

#: After a loss nothing fires for this long, in seconds of media time; with each loss in a row twice as long, up to the
#: interval, and never longer than `LONGEST_PAUSE_S`. So a full disk costs few frames a try, and a person few log lines.
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0

# Looking up a member on its class costs as much as the rest of a step.
_CONDITION_FALSE, _CONDITION_UNKNOWN, _FIRED = Reason.CONDITION_FALSE, Reason.CONDITION_UNKNOWN, Reason.FIRED


class Rise:
    """Whether a true condition counts on this frame: level or rising edge, after it has held."""

    __slots__ = ("_fires_on_edge", "_hold_s", "_is_spent", "_true_since", "_unknown_since")

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
            if self._true_since is not None or self._is_spent:
                self.clear()
            return _CONDITION_FALSE
        if self._true_since is None:
            self._true_since = now
        if self._hold_s and now - self._true_since < self._hold_s - ROUNDING_S:
            return Reason.HOLDING
        if self._fires_on_edge and self._is_spent:
            return Reason.NOT_RISEN
        self._is_spent = True
        return _FIRED

    def go_on_from(self, before: Rise) -> None:
        """Go on where another one stands, of the same condition with another mode or hold."""
        self._true_since = before._true_since
        self._unknown_since = before._unknown_since
        self._is_spent = before._is_spent

    def restart_hold(self) -> None:
        """The source began again: what lay between was not seen, so the condition must hold from here on."""
        self._true_since = self._unknown_since = None

    @property
    def is_waiting(self) -> bool:
        """True while the condition is true but has not held for long enough."""
        return self._hold_s > 0 and self._true_since is not None and not self._is_spent

    def to_plain(self) -> list[float | bool | None]:
        """The state as plain data, for a node that goes on after a restart."""
        return [self._true_since, self._unknown_since, self._is_spent]

    def restore(self, stored: list[Any]) -> None:
        """Go on where `to_plain` was."""
        true_since, unknown_since, is_spent = stored
        self._true_since = None if true_since is None else float(true_since)
        self._unknown_since = None if unknown_since is None else float(unknown_since)
        self._is_spent = bool(is_spent)

    def rearm(self) -> None:
        """The event of this rise could not be kept: the next true frame is a rise again."""
        self._is_spent = False

    def clear(self) -> None:
        """The condition is false from now on: the next true frame is a rise."""
        self._true_since = None
        self._unknown_since = None
        self._is_spent = False


class PauseAfterLoss:
    """The back-off after an event that could not be kept."""

    __slots__ = ("_fired_at", "_is_latest_lost", "_longest_s", "_losses_in_a_row", "_until")

    def __init__(self, interval_s: float) -> None:
        self._longest_s = min(max(interval_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        self._fired_at = self._until = float("-inf")
        self._is_latest_lost = False
        self._losses_in_a_row = 0

    def left_s(self, now: float) -> float:
        """Seconds until the next event may fire; 0 when it may fire now."""
        left_s = self._until - now
        return left_s if left_s > ROUNDING_S else 0.0

    def note_firing(self, now: float) -> None:
        """An event fires now."""
        if not self._is_latest_lost:
            self._losses_in_a_row = 0
        self._fired_at, self._is_latest_lost = now, False

    def note_loss(self) -> None:
        """An event is lost. Those that fired before this was known are one loss together."""
        self._is_latest_lost = True
        if self._fired_at >= self._until - ROUNDING_S:
            pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self._losses_in_a_row, 10), self._longest_s)
            self._losses_in_a_row += 1
            self._until = self._fired_at + pause_s

    def clear(self) -> None:
        """Forget all losses: media time starts again."""
        self._fired_at = self._until = float("-inf")
        self._is_latest_lost = False
        self._losses_in_a_row = 0


class Interval:
    """The least time between kept events. 0: no limit. After a loss there is a pause, which may be shorter."""

    __slots__ = ("_interval_s", "_last_at", "_last_event_id", "_pause", "_previous_at")

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._last_at: float | None = None
        self._last_event_id = ""
        self._previous_at: float | None = None
        self._pause = PauseAfterLoss(interval_s)

    def left_s(self, now: float) -> float:
        """Seconds until the next event may fire; 0 when it may fire now."""
        return self._own_left_s(now) or self._pause.left_s(now)

    def is_pausing(self, now: float) -> bool:
        """True when an event may not fire only because one was lost."""
        return not self._own_left_s(now) and self._pause.left_s(now) > 0

    def _own_left_s(self, now: float) -> float:
        if self._last_at is None or self._interval_s <= 0:
            return 0.0
        left_s = self._interval_s - (now - self._last_at)
        return left_s if left_s > ROUNDING_S else 0.0

    def reserve(self, event_id: str, now: float) -> None:
        """An event fires now: the interval counts from it, unless it is released."""
        self._previous_at = self._last_at
        self._last_at = now
        self._last_event_id = event_id
        self._pause.note_firing(now)

    def release(self, event_id: str) -> bool:
        """The event could not be kept. True: it was the latest, and the interval is as it was before it."""
        self._pause.note_loss()
        if event_id != self._last_event_id:
            return False
        self._last_at = self._previous_at
        self._last_event_id = ""
        return True

    def to_plain(self) -> list[float | str | None]:
        """The state as plain data, for a node that goes on after a restart."""
        return [self._last_at, self._last_event_id, self._previous_at]

    def restore(self, stored: list[Any]) -> None:
        """Go on where `to_plain` was."""
        last_at, last_event_id, previous_at = stored
        self._last_at = None if last_at is None else float(last_at)
        self._last_event_id = str(last_event_id)
        self._previous_at = None if previous_at is None else float(previous_at)

    def go_on_from(self, before: Interval) -> None:
        """Count from the same last event as another one, which may have another length."""
        self._last_at = before._last_at
        self._last_event_id = before._last_event_id
        self._previous_at = before._previous_at

    def clear(self) -> None:
        """Forget the last event: media time starts again."""
        self._last_at = self._previous_at = None
        self._last_event_id = ""
        self._pause.clear()
