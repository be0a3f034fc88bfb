"""Boxes of every convention become the same box."""

from __future__ import annotations

import math

import pytest

from securos_trigger.inputs.boxes import Box, BoxForm, BoxUnit, box_from, canvas_from

HD = (1280.0, 720.0)


@pytest.mark.parametrize(
    ("four", "form", "unit", "is_y_up"),
    [
        ([400, 300, 460, 450], BoxForm.CORNERS, BoxUnit.PIXELS, False),
        ([460, 450, 400, 300], BoxForm.CORNERS, BoxUnit.PIXELS, False),
        ([400, 300, 60, 150], BoxForm.CORNER_SIZE, BoxUnit.PIXELS, False),
        ([430, 375, 60, 150], BoxForm.CENTRE, BoxUnit.PIXELS, False),
        ([400 / 1280, 300 / 720, 60 / 1280, 150 / 720], BoxForm.CORNER_SIZE, BoxUnit.FRACTIONS, False),
        ([31.25, 300 / 7.2, 460 / 12.8, 62.5], BoxForm.CORNERS, BoxUnit.PERCENT, False),
        ([2560, 8192 * 300 / 720, 2944, 5120], BoxForm.CORNERS, BoxUnit.GRID_8192, False),
        ([-0.375, 1 - 600 / 720, 920 / 1280 - 1, -0.25], BoxForm.CORNERS, BoxUnit.SIGNED, True),
        ([400, 270, 60, 150], BoxForm.CORNER_SIZE, BoxUnit.PIXELS, True),
    ],
)
def test_every_convention_means_the_same_box(four: list[float], form: BoxForm, unit: BoxUnit, is_y_up: bool) -> None:
    box = box_from(four, form, unit, canvas=HD, is_y_up=is_y_up)
    assert box is not None
    assert box.pixels == pytest.approx((400, 300, 60, 150))
    assert box.corners_px == pytest.approx((400, 300, 460, 450))
    assert box.fractions == pytest.approx((0.3125, 0.416667, 0.046875, 0.208333), abs=1e-6)


def test_pixels_and_fractions_need_a_frame_size_to_become_each_other() -> None:
    assert Box(1, 2, 3, 4).fractions is None
    assert Box(0.1, 0.2, 0.3, 0.4, is_fraction=True).pixels is None
    assert Box(0.1, 0.2, 0.3, 0.4, is_fraction=True).corners_px is None


@pytest.mark.parametrize(
    ("four", "unit"),
    [
        ([1, 2, 3, None], BoxUnit.PIXELS),
        ([1, 2, 3], BoxUnit.PIXELS),
        ([1, 2, 3, 4, 5], BoxUnit.PIXELS),
        ([1, 2, 3, math.nan], BoxUnit.PIXELS),
        ([1, 2, 3, math.inf], BoxUnit.PIXELS),
        ([1e7, 2, 3, 4], BoxUnit.PIXELS),
        ([400, 300, 60, 150], BoxUnit.FRACTIONS),
    ],
)
def test_what_cannot_be_a_box_is_none(four: list[float | None], unit: BoxUnit) -> None:
    assert box_from(four, unit=unit) is None


def test_an_axis_that_points_upwards_needs_the_height_of_the_frame() -> None:
    assert box_from([1, 2, 3, 4], is_y_up=True) is None


def test_a_frame_has_a_size_above_nothing() -> None:
    assert canvas_from(1280, 720) == HD
    assert canvas_from(0, 720) is None
    assert canvas_from(1e-300, 720) is None
    assert canvas_from(1280, None) is None
    assert canvas_from(math.nan, 720) is None
