"""Lengths of time as a person reads them."""

from __future__ import annotations

from typing import Final

_UNITS_S: Final = (("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def duration_text(seconds: float) -> str:
    """A length of time in its two largest units: `2 h 10 min`, `3 days 4 h`; less than nothing is `0 s`."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for unit, size_s in _UNITS_S:
        count, left = divmod(left, size_s)
        if count:
            parts.append(f"{count:,} days" if unit == "day" and count > 1 else f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def apart_text(apart_s: float, other: str) -> str:
    """How far a clock is ahead of another one (seconds; below 0: behind): `1 day ahead of this machine's`."""
    return f"{duration_text(abs(apart_s))} {'ahead of' if apart_s > 0 else 'behind'} {other}"
