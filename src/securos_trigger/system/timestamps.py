"""Instants as text: RFC 3339 in UTC with milliseconds, the one form on the wire, in answers and in the ledger.

Every number is an instant here, because what writes one must never fail: the calendar of Python ends with the years 1
and 9999, and what lies beyond is the first or last day that has the same text in every time zone.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

#: A frame's wall clock outside of these years is not one.
FIRST_YEAR: Final = 1970
END_YEAR: Final = 2200

# By so much the wall clock and the monotonic one may differ before the wall clock counts as set.
_DRIFT_S: Final = 1.0
# The wall clock at tick 0 of the monotonic clock, as it was when the program began.
_WALL_OF_TICK_0_S: Final = time.time() - time.monotonic()
_FIRST_S: Final = datetime(1, 1, 3, tzinfo=UTC).timestamp()
_LAST_S: Final = datetime(9999, 12, 29, tzinfo=UTC).timestamp()


def utc(at_s: float) -> datetime:
    """An instant (Unix seconds) as a `datetime` in UTC."""
    if not _FIRST_S <= at_s <= _LAST_S:
        at_s = min(max(at_s, _FIRST_S), _LAST_S) if at_s == at_s else 0.0  # not a number: the beginning of the count
    return datetime.fromtimestamp(at_s, UTC)


def rfc3339(at_s: float) -> str:
    """An instant (Unix seconds) as `2026-03-01T12:00:00.250Z`. A part of a millisecond is cut off."""
    return utc(at_s).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_of_ticks(at_ticks: float | None) -> str | None:
    """An instant of the monotonic clock by the present wall clock; None: none."""
    return None if at_ticks is None else rfc3339(time.time() - (time.monotonic() - at_ticks))


def service_clock_s() -> float:
    """Unix seconds by the wall clock as the program found it: they go on evenly when that is set meanwhile.

    What is kept as "since when" is of this clock: a machine without a clock of its own begins in 1970, and gets the
    time of a server later.
    """
    return time.monotonic() + _WALL_OF_TICK_0_S


class _Setting:
    """By how much the wall clock was set since the program began. It stays the same while that only drifts."""

    set_by_s = 0.0

    def now_s(self) -> float:
        set_by_s = time.time() - service_clock_s()
        if abs(set_by_s - self.set_by_s) > _DRIFT_S:
            self.set_by_s = set_by_s
        return self.set_by_s


_setting: Final = _Setting()


def rfc3339_of_service(at_s: float) -> str:
    """An instant of `service_clock_s` by the present wall clock."""
    return rfc3339(at_s + _setting.now_s())


def is_of_a_frame(instant: datetime) -> bool:
    """True when a wall clock may have shown this to a frame: it lies in the years 1970 to 2199."""
    return FIRST_YEAR <= instant.year < END_YEAR
