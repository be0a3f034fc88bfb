"""Plane geometry in pixels: lines, zones, and the point that stands for an object.

y grows downwards, as in every image.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from securos_trigger.model.overlays import Point

Anchor = Literal["bottom", "centre"]


def anchor_of(rect: Mapping[str, Any], anchor: Anchor) -> Point:
    """The point that stands for an object with this `rect` (pixels)."""
    x = rect["left"] + rect["width"] / 2
    return x, rect["top"] + (rect["height"] if anchor == "bottom" else rect["height"] / 2)


def distance_to_the_right(start: Point, end: Point, point: Point) -> float:
    """How far `point` lies to the right of the endless line, for one who walks from `start` to `end`.

    Negative: to the left.
    """
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    return (along_x * (point[1] - start[1]) - along_y * (point[0] - start[0])) / math.hypot(along_x, along_y)


def path_meets_line(from_: Point, to: Point, start: Point, end: Point) -> bool:
    """True when the way from `from_` to `to` meets the line between `start` and `end`, ends included."""
    here, there = distance_to_the_right(start, end, from_), distance_to_the_right(start, end, to)
    if here == there:
        return False
    share = here / (here - there)
    if not 0 <= share <= 1:
        return False
    x, y = from_[0] + share * (to[0] - from_[0]), from_[1] + share * (to[1] - from_[1])
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    position = ((x - start[0]) * along_x + (y - start[1]) * along_y) / (along_x**2 + along_y**2)
    return 0 <= position <= 1


def is_inside(point: Point, polygon: Sequence[Point]) -> bool:
    """True when `point` is inside `polygon` (even-odd rule)."""
    x, y = point
    inside = False
    previous_x, previous_y = polygon[-1]
    for corner_x, corner_y in polygon:
        if (corner_y > y) != (previous_y > y) and x < previous_x + (y - previous_y) * (corner_x - previous_x) / (
            corner_y - previous_y
        ):
            inside = not inside
        previous_x, previous_y = corner_x, corner_y
    return inside
