"""Bounding boxes: where an object is on its frame, in fractions of the frame's width and height."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

#: A fraction is a whole number of these parts: five decimals of a percent, the precision of SecurOS.
PARTS: Final = 10_000_000


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
    across = _clipped(left, width, frame_width)
    down = _clipped(top, height, frame_height)
    return None if across is None or down is None else Box(across[0], down[0], across[1], down[1])


def _clipped(start: float, length: float, whole: float) -> tuple[float, float] | None:
    """Start and length in fractions of `whole`, within 0..1; None when no length is left."""
    if not (math.isfinite(start) and 0 < length < math.inf and 0 < whole < math.inf):
        return None
    first = max(0.0, start / whole)
    last = min(1.0, (start + length) / whole)
    if not first < last:
        return None
    first_parts = round(first * PARTS)
    parts = min(round((last - first) * PARTS), PARTS - first_parts)
    return (first_parts / PARTS, parts / PARTS) if parts > 0 else None
