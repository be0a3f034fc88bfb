"""Bounding boxes: where an object is on its frame, in fractions of the frame's width and height."""

from __future__ import annotations

from typing import Final, NamedTuple

#: A fraction is a whole number of these parts: five decimals of a percent, the precision of SecurOS.
PARTS: Final = 10_000_000

_INFINITY: Final = float("inf")
_new_tuple: Final = tuple.__new__


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
    # Each comparison with not-a-number is false. Few calls: this is done for every object of a frame that fires.
    if not (0 < width < _INFINITY and 0 < height < _INFINITY and frame_width > 0 and frame_height > 0):
        return None
    right, bottom = left + width, top + height
    from_x, until_x = left / frame_width, right / frame_width
    from_y, until_y = top / frame_height, bottom / frame_height
    if not (left >= 0 and top >= 0 and right <= frame_width and bottom <= frame_height):  # mostly nothing to clip
        if not (
            -_INFINITY < from_x < 1 and 0 < until_x < _INFINITY and -_INFINITY < from_y < 1 and 0 < until_y < _INFINITY
        ):
            return None
        from_x, until_x = (from_x if from_x > 0 else 0.0), (until_x if until_x < 1 else 1.0)
        from_y, until_y = (from_y if from_y > 0 else 0.0), (until_y if until_y < 1 else 1.0)
    # A length is rounded and not its end, as SecurOS does; together they stay within the frame.
    x, y = int(from_x * PARTS + 0.5), int(from_y * PARTS + 0.5)
    wide, high = int((until_x - from_x) * PARTS + 0.5), int((until_y - from_y) * PARTS + 0.5)
    if x + wide > PARTS:
        wide = PARTS - x
    if y + high > PARTS:
        high = PARTS - y
    if wide <= 0 or high <= 0:
        return None
    return _new_tuple(Box, (x / PARTS, y / PARTS, wide / PARTS, high / PARTS))  # made faster than with the class
