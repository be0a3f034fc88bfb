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


def is_of_a_frame(instant: datetime) -> bool:
    """True when a wall clock may have shown this to a frame: it lies in the years 1970 to 2199."""
    return FIRST_YEAR <= instant.year < END_YEAR
