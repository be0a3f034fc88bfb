"""What to write in place of points that are none, and of a zone that has too few of them."""

from __future__ import annotations

import re
from typing import Final

#: A zone as a whole, and not one of its corners.
_ZONE: Final = re.compile(r"\b(?:rois|zones)\.[^.\]]+$")


def fix_of_decimals(place: str, given: object) -> str:
    """`[0,1, 0,9]` for a point: its decimal numbers are written with a comma."""
    if not isinstance(given, list) or not place.endswith("]") or len(given) != 4:
        return ""
    if not all(type(one) is int and one >= 0 for one in given) or not {*given[::2]} <= {0, 1}:
        return ""
    return f"Decimal numbers have a point: [{given[0]}.{given[1]}, {given[2]}.{given[3]}]."


def fix_of_points(given: object) -> str:
    """Numbers in a row where points are expected: each point is a list of its own."""
    if not isinstance(given, list) or len(given) < 4 or len(given) % 2:
        return ""
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in given):
        return ""
    points = ", ".join(f"[{x:g}, {y:g}]" for x, y in zip(given[::2], given[1::2], strict=True))
    return f"Write each point as a list of its own: [{points}]." if len(points) < 100 else ""


def fix_of_zone(place: str, kind: str) -> str:
    """Corners for a zone, where there are too few of them."""
    is_zone = kind == "too_short" and _ZONE.search(place) is not None
    return (
        "A zone has three corners or more, [x, y] each. Two make a line: that is for a line_counter." if is_zone else ""
    )
