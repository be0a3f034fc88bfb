"""Plane geometry in pixels: lines, zones, and the point that stands for an object.

y grows downwards, as in every image.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

from securos_trigger.model.overlays import Point

Anchor = Literal["bottom", "centre"]


def is_without_area(points: Sequence[Point], least: float) -> bool:
    """True when all points lie on one line, or nearly: no corner is further than `least` from it."""
    start = points[0]
    end = max(points, key=lambda point: math.dist(start, point))
    if math.dist(start, end) < least:
        return True
    return all(abs(distance_to_the_right(start, end, point)) < least for point in points)


def crosses_itself(polygon: Sequence[Point]) -> bool:
    """True when two sides of `polygon` cross that are not neighbours."""
    sides = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    pairs = combinations((side for side in sides if side[0] != side[1]), 2)
    return any(_cross(one, other) for one, other in pairs)


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """True when two lines cross in the middle of both; lines that only touch do not."""
    (a, b), (c, d) = one, other
    of_other = distance_to_the_right(a, b, c) * distance_to_the_right(a, b, d)
    of_one = distance_to_the_right(c, d, a) * distance_to_the_right(c, d, b)
    return of_other < 0 and of_one < 0


def anchor_of(rect: Mapping[str, Any], anchor: Anchor, size: tuple[int, int] | None = None) -> Point:
    """The point that stands for an object with this `rect` (pixels).

    On a frame of a known size it lies within the frame: a box ends at the frame's edge, or by rounding and by the
    tracker's forecast a little beyond, and its foot still stands in a zone that is drawn to the edge.
    """
    x = rect["left"] + rect["width"] / 2
    y = rect["top"] + (rect["height"] if anchor == "bottom" else rect["height"] / 2)
    return (x, y) if size is None else (min(max(x, 0), size[0]), min(max(y, 0), size[1]))


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
    """True when `point` is inside `polygon` (even-odd rule) or on its edge."""
    x, y = point
    inside = False
    previous_x, previous_y = polygon[-1]
    for corner_x, corner_y in polygon:
        if _is_on(x, y, previous_x, previous_y, corner_x, corner_y):
            return True
        if (corner_y > y) != (previous_y > y) and x < previous_x + (y - previous_y) * (corner_x - previous_x) / (
            corner_y - previous_y
        ):
            inside = not inside
        previous_x, previous_y = corner_x, corner_y
    return inside


def _is_on(x: float, y: float, from_x: float, from_y: float, to_x: float, to_y: float) -> bool:
    """True when a point lies on the way between two others."""
    if not (min(from_x, to_x) <= x <= max(from_x, to_x) and min(from_y, to_y) <= y <= max(from_y, to_y)):
        return False
    return (x - from_x) * (to_y - from_y) == (y - from_y) * (to_x - from_x)
