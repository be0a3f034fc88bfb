"""Bounding boxes of other systems: corners, centres, fractions, percent, grids, y upwards; one form for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

#: Width and height of the frame that pixels belong to.
Canvas = tuple[float, float]
#: Left, top, width, height; or left, top, right, bottom where that is said.
Four = tuple[float, float, float, float]

#: Width and height of the grid in which Dahua's cameras count.
DAHUA_GRID: Final = 8192.0
# No frame is larger; infinity and NaN are not below it either.
_FARTHEST_PX: Final = 1e6
# Fractions beyond the frame's edge are usual, but not by whole frames.
_FARTHEST_FRACTION: Final = 4.0


class BoxForm(StrEnum):
    """What the four numbers of a box are."""

    CORNERS = "corners"  # left, top, right, bottom
    CORNER_SIZE = "corner_size"  # left, top, width, height
    CENTRE = "centre"  # centre x, centre y, width, height


class BoxUnit(StrEnum):
    """What the numbers of a box count."""

    PIXELS = "pixels"
    FRACTIONS = "fractions"  # 0 to 1 of the frame
    PERCENT = "percent"  # 0 to 100 of the frame
    GRID_8192 = "grid_8192"  # 0 to 8192, Dahua's
    SIGNED = "signed"  # -1 to 1, ONVIF's normalised space


# Members of an Enum are looked up slowly, and there is a box for each object.
_PIXELS: Final = BoxUnit.PIXELS
_CORNERS: Final = BoxForm.CORNERS
_PER_FRAME: Final = {
    BoxUnit.FRACTIONS: 1.0,
    BoxUnit.PERCENT: 100.0,
    BoxUnit.GRID_8192: DAHUA_GRID,
    BoxUnit.SIGNED: 2.0,
}


class Box(msgspec.Struct, frozen=True, gc=False):
    """A box: its corner at the left and the top, y downwards. Pixels, or fractions of the frame (`is_fraction`).

    `canvas` is the frame's size in pixels where it is known; only then one unit can become the other.
    """

    left: float
    top: float
    width: float
    height: float
    is_fraction: bool = False
    canvas: Canvas | None = None

    @property
    def pixels(self) -> Four | None:
        """Left, top, width, height in pixels; None when the frame's size is not known."""
        if not self.is_fraction:
            return self.left, self.top, self.width, self.height
        if self.canvas is None:
            return None
        across, down = self.canvas
        return self.left * across, self.top * down, self.width * across, self.height * down

    @property
    def fractions(self) -> Four | None:
        """Left, top, width, height as fractions of the frame; None when the frame's size is not known."""
        if self.is_fraction:
            return self.left, self.top, self.width, self.height
        if self.canvas is None:
            return None
        across, down = self.canvas
        return self.left / across, self.top / down, self.width / across, self.height / down

    @property
    def corners_px(self) -> Four | None:
        """Left, top, right, bottom in pixels; None when the frame's size is not known."""
        found = self.pixels
        return None if found is None else (found[0], found[1], found[0] + found[2], found[1] + found[3])


def box_from(
    four: Sequence[float | None],
    form: BoxForm = BoxForm.CORNER_SIZE,
    unit: BoxUnit = BoxUnit.PIXELS,
    *,
    canvas: Canvas | None = None,
    is_y_up: bool = False,
) -> Box | None:
    """The box that four numbers mean; None when they cannot be one: missing, not finite, absurdly far away.

    Corners may come in any order. `is_y_up` turns an axis that points upwards, which needs fractions or a `canvas`.
    """
    if len(four) != 4:
        return None
    first, second, third, fourth = four
    if first is None or second is None or third is None or fourth is None:
        return None
    if form is _CORNERS and unit is _PIXELS and not is_y_up:
        return box_of_corners(first, second, third, fourth, canvas)
    left, top, right, bottom = _corners(first, second, third, fourth, form)
    is_fraction = unit is not _PIXELS
    if is_fraction:
        offset = 1.0 if unit is BoxUnit.SIGNED else 0.0
        left, top, right, bottom = ((one + offset) / _PER_FRAME[unit] for one in (left, top, right, bottom))
    if is_y_up:
        down = 1.0 if is_fraction else canvas[1] if canvas is not None else None
        if down is None:
            return None
        top, bottom = down - bottom, down - top
    farthest = _FARTHEST_FRACTION if is_fraction else _FARTHEST_PX
    # What is not finite is not within these bounds either: a comparison with not-a-number is false.
    if not (-farthest < left < farthest and -farthest < top < farthest and right < farthest and bottom < farthest):
        return None
    return Box(left, top, right - left, bottom - top, is_fraction, canvas)


def box_of_corners(left: float, top: float, right: float, bottom: float, canvas: Canvas | None = None) -> Box | None:
    """The box of two opposite corners in pixels, which most sources give; None when they cannot be one."""
    if right < left:
        left, right = right, left
    if bottom < top:
        top, bottom = bottom, top
    # What is not finite is not within these bounds either: a comparison with not-a-number is false.
    if not (-_FARTHEST_PX < left <= right < _FARTHEST_PX and -_FARTHEST_PX < top <= bottom < _FARTHEST_PX):
        return None
    return Box(left, top, right - left, bottom - top, False, canvas)


def _corners(first: float, second: float, third: float, fourth: float, form: BoxForm) -> Four:
    """Left, top, right, bottom with left below right and top below bottom."""
    if form is _CORNERS:
        left, right = (first, third) if first <= third else (third, first)
        return (left, second, right, fourth) if second <= fourth else (left, fourth, right, second)
    width, height = abs(third), abs(fourth)
    if form is BoxForm.CENTRE:
        first, second = first - width / 2, second - height / 2
    return first, second, first + width, second + height


def canvas_from(width: float | None, height: float | None) -> Canvas | None:
    """The frame's size, where both numbers can be one."""
    if width is None or height is None or not (1 <= width < _FARTHEST_PX and 1 <= height < _FARTHEST_PX):
        return None
    return float(width), float(height)
