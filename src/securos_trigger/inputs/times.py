"""Instants of other systems: seconds to nanoseconds, and texts with the mistakes that are usual in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from securos_trigger.inputs.values import number
from securos_trigger.system.timestamps import END_YEAR

# DL Streamer writes a colon before the zone: 11:12:31.750:+0200.
_ZONE: Final = re.compile(r":?\s*([+-]\d{2}):?(\d{2})$")
_LONGEST_TEXT: Final = 64
# Earlier than this is a clock that was never set, or seconds of a stream.
_FIRST_AT: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_END_AT: Final = datetime(END_YEAR, 1, 1, tzinfo=UTC).timestamp()


class TimeUnit(StrEnum):
    """What a number of a time counts from 1970. `auto` takes the unit in which it is a time of this age."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    NANOSECONDS = "ns"
    AUTO = "auto"


_PER_SECOND: Final = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def instant(value: Any, unit: TimeUnit = TimeUnit.SECONDS) -> float | None:
    """The instant in Unix seconds; None when the value is no time between 2000 and 2200.

    A text may be a number or a time of ISO 8601; one without a zone is UTC.
    """
    if type(value) is str and value[10:11] == "T":
        try:  # what nearly every source writes
            at = datetime.fromisoformat(value).timestamp() if value[-1] == "Z" else None
        except (ValueError, OverflowError):
            at = None
        return at if at is not None and _is_plausible(at) else _from_text(value)
    found = number(value)
    if found is None:
        return _from_text(value) if isinstance(value, str) else None
    at = found / (_PER_SECOND[unit] if unit is not TimeUnit.AUTO else _scale_of(found))
    return at if _is_plausible(at) else None


def _from_text(value: str) -> float | None:
    written = value[:_LONGEST_TEXT].strip()
    if "T" not in written and " " not in written:
        return None
    try:
        found = _written(written)
        at = (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return at if _is_plausible(at) else None


def _written(text: str) -> datetime:
    """The time in a text. ValueError: it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(_ZONE.sub(r"\1:\2", text))


def _scale_of(found: float) -> float:
    """How many of the number are a second, by its size: today is 1.8e9 seconds."""
    return next((scale for scale, least in ((1e9, 1e17), (1e6, 1e14), (1e3, 1e11)) if abs(found) >= least), 1.0)


def _is_plausible(at: float) -> bool:
    return _FIRST_AT <= at < _END_AT
