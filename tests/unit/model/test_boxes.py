"""Boxes in fractions of a frame: clipped, rounded, or none."""

from __future__ import annotations

import math

import pytest

from securos_trigger.model import Box
from securos_trigger.model.boxes import box_on_frame

FULL_HD = (1920, 1080)


def test_a_box_is_in_fractions_of_the_frame_with_seven_decimals() -> None:
    assert box_on_frame((181, 217, 115, 156), FULL_HD) == Box(0.0942708, 0.2009259, 0.0598958, 0.1444444)


def test_the_whole_frame_is_a_box() -> None:
    assert box_on_frame((0, 0, 1920, 1080), FULL_HD) == Box(0, 0, 1, 1)


def test_what_lies_outside_of_the_frame_is_clipped() -> None:
    assert box_on_frame((-50, -50, 100, 100), (100, 100)) == Box(0, 0, 0.5, 0.5)
    assert box_on_frame((75, 90, 100, 100), (100, 100)) == Box(0.75, 0.9, 0.25, 0.1)


@pytest.mark.parametrize(
    "rect",
    [
        (10, 10, 0, 5),
        (10, 10, 5, -1),
        (100, 10, 5, 5),
        (10, -5, 5, 5),
        (-5, 10, 5, 5),
        (math.nan, 10, 5, 5),
        (10, 10, math.nan, 5),
        (10, math.inf, 5, 5),
        (10, 10, 5, math.inf),
        (-math.inf, 10, math.inf, 5),
        (10, 10, 1e-9, 5),
        (1e308, 10, 1e308, 5),
    ],
)
def test_a_box_without_area_outside_or_not_a_number_is_none(rect: tuple[float, float, float, float]) -> None:
    assert box_on_frame(rect, (100, 100)) is None


@pytest.mark.parametrize("size", [(0, 100), (100, -1), (math.nan, 100), (100, math.inf)])
def test_there_is_no_box_on_a_frame_without_area(size: tuple[float, float]) -> None:
    assert box_on_frame((1, 1, 5, 5), size) is None
