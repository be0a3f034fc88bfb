"""Bounding boxes: where an object is on its frame, in fractions of the frame's width and height."""

from __future__ import annotations

from typing import Final, NamedTuple

#: A fraction is a whole number of these parts: five decimals of a percent, the precision of SecurOS.
PARTS: Final = 10_000_000

_INFINITY: Final = float("inf")


class Box(NamedTuple):
    """A box on a frame, 0..1: the left and the top edge, the width and the height. It lies within the frame."""

    left: float
    top: float
    width: float
    height: float


def box_on_frame(rect: tuple[float, float, float, float], frame_size: tuple[float, float]) -> Box | None:
    """Give the box of a rectangle (left, top, width, height) on a frame, all in the same unit.

    What lies outside of the frame is clipped. None when nothing is left: no area, outside, or not a number.
    """
    left, top, width, height = rect
    frame_width, frame_height = frame_size
    # Each comparison with not-a-number is false.
    if not (0 < width < _INFINITY and 0 < height < _INFINITY and frame_width > 0 and frame_height > 0):
        return None
    from_x, until_x = _on_axis(left / frame_width, (left + width) / frame_width)
    from_y, until_y = _on_axis(top / frame_height, (top + height) / frame_height)
    if not (from_x < until_x and from_y < until_y):
        return None
    return Box(from_x / PARTS, from_y / PARTS, (until_x - from_x) / PARTS, (until_y - from_y) / PARTS)


def _on_axis(first: float, last: float) -> tuple[int, int]:
    """Both ends of a length in parts, clipped to 0..1; equal when nothing of it is left.

    The length is rounded and not its end, as SecurOS does.
    """
    if not (-_INFINITY < first < 1 and 0 < last < _INFINITY):
        return 0, 0
    first = max(first, 0.0)
    from_part = round(first * PARTS)
    return from_part, min(from_part + round((min(last, 1.0) - first) * PARTS), PARTS)
