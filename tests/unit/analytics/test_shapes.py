"""Lines, zones, and the point that stands for an object."""

from __future__ import annotations

import pytest

from securos_trigger.analytics.shapes import (
    anchor_of,
    crosses_itself,
    distance_to_the_right,
    is_inside,
    is_without_area,
    path_meets_line,
)
from securos_trigger.model.overlays import Overlay

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
# A U that is open at the top.
BAY = [(0.0, 0.0), (3.0, 0.0), (3.0, 7.0), (7.0, 7.0), (7.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


def test_an_outline_whose_corners_are_not_in_order_crosses_itself() -> None:
    assert not crosses_itself(SQUARE)
    assert not crosses_itself(BAY)
    assert not crosses_itself([*SQUARE, SQUARE[0]])  # closed, as some editors write it
    assert crosses_itself([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])


def test_points_that_are_equal_or_on_one_line_have_no_area() -> None:
    assert not is_without_area(SQUARE, 1.0)
    assert not is_without_area([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], 1.0)
    assert is_without_area([(5.0, 5.0)] * 3, 1.0)
    assert is_without_area([(0.0, 0.0), (5.0, 5.0), (10.0, 10.0)], 1.0)
    assert is_without_area([(0.0, 0.0), (0.5, 0.0), (0.0, 0.5)], 1.0)


def test_below_a_line_that_runs_to_the_right_is_its_right_hand_side() -> None:
    assert distance_to_the_right((0, 0), (10, 0), (5, 3)) == 3
    assert distance_to_the_right((10, 0), (0, 0), (5, 3)) == -3


@pytest.mark.parametrize(
    ("from_", "to", "meets"),
    [
        ((5, -1), (5, 1), True),
        ((0, -1), (0, 1), True),
        ((-1, -1), (-1, 1), False),
        ((5, 1), (6, 2), False),
        ((4, 0), (6, 0), False),
    ],
)
def test_a_way_meets_a_line_only_between_its_ends(
    from_: tuple[float, float], to: tuple[float, float], meets: bool
) -> None:
    assert path_meets_line(from_, to, (0, 0), (10, 0)) is meets


def test_inside_and_outside_of_a_zone() -> None:
    assert is_inside((5, 5), SQUARE)
    assert not is_inside((11, 5), SQUARE)
    assert is_inside((1, 2), BAY)
    assert not is_inside((5, 2), BAY)


@pytest.mark.parametrize("point", [(0, 0), (10, 10), (5, 10), (10, 5), (0, 3), (7, 3), (5, 7), (3, 0)])
def test_the_edge_of_a_zone_is_inside(point: tuple[float, float]) -> None:
    assert is_inside(point, BAY)


def test_beside_the_edge_is_outside() -> None:
    assert not is_inside((5, 10.01), BAY)
    assert not is_inside((5, 0), BAY)
    assert not is_inside((-0.01, 5), BAY)


def test_the_foot_of_a_box_that_reaches_over_the_frame_stands_on_its_edge() -> None:
    rect = {"left": -30, "top": 90, "width": 40, "height": 20.1}
    assert anchor_of(rect, "bottom", (200, 110)) == (0, 110)
    assert anchor_of({**rect, "left": 190}, "bottom", (200, 110)) == (200, 110)
    assert anchor_of(rect, "centre", (200, 110)) == (0, 100.05)


def test_the_lower_middle_or_the_centre_stands_for_an_object() -> None:
    rect = {"left": 10, "top": 20, "width": 30, "height": 40}
    assert anchor_of(rect, "bottom") == (25, 60)
    assert anchor_of(rect, "centre") == (25, 40)


def test_an_overlay_in_fractions_follows_the_size_of_the_image() -> None:
    overlay = Overlay("node", "gate", ((0.5, 0.5), (1.0, 0.5)), in_fractions=True)
    assert overlay.in_pixels((640, 480)) == ((320, 240), (640, 240))
