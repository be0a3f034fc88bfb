"""Labels over a live image: where people stand close together each label can be read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest

from tests.unit.console.scripts import script_function

ROOM = {"width": 640.0, "height": 480.0}
Box = dict[str, float]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    with script_function("label_places.js", "apart", tmp_path_factory.mktemp("label_places")) as call:
        yield call


def box(left: float, top: float, width: float = 60.0, height: float = 15.0) -> Box:
    return {"left": left, "top": top, "width": width, "height": height}


def placed(apart: Callable[..., Any], boxes: list[Box]) -> list[Box]:
    return [{**one, **place} for one, place in zip(boxes, apart(boxes, ROOM), strict=True)]


def overlap(one: Box, other: Box) -> bool:
    beside = one["left"] + one["width"] <= other["left"] or other["left"] + other["width"] <= one["left"]
    over = one["top"] + one["height"] <= other["top"] or other["top"] + other["height"] <= one["top"]
    return not (beside or over)


def test_labels_that_have_room_stay_where_they_are(apart: Callable[..., Any]) -> None:
    boxes = [box(10, 10), box(100, 10), box(10, 100)]
    assert placed(apart, boxes) == boxes


def test_a_label_that_would_cover_another_goes_above_it(apart: Callable[..., Any]) -> None:
    assert placed(apart, [box(100, 100), box(120, 102)])[1] == box(120, 85)


def test_at_the_top_of_the_image_it_goes_below(apart: Callable[..., Any]) -> None:
    assert placed(apart, [box(100, 0), box(120, 2)])[1] == box(120, 15)


@pytest.mark.parametrize(("wanted", "found"), [((630, 10), (580, 10)), ((-5, -9), (0, 0)), ((10, 479), (10, 465))])
def test_no_label_leaves_the_image(apart: Callable[..., Any], wanted: Any, found: Any) -> None:
    assert placed(apart, [box(*wanted)]) == [box(*found)]


def test_twenty_labels_anywhere_do_not_cover_one_another(apart: Callable[..., Any]) -> None:
    chance = random.Random(7)
    for _ in range(50):
        boxes = [box(chance.uniform(-10, 640), chance.uniform(-10, 480), chance.uniform(20, 90)) for _ in range(20)]
        found = placed(apart, boxes)
        assert not any(overlap(one, other) for one, other in combinations(found, 2))
        for one in found:
            assert 0 <= one["left"] <= ROOM["width"] - one["width"]
            assert 0 <= one["top"] <= ROOM["height"] - one["height"]


def test_more_labels_than_room_are_all_in_the_image(apart: Callable[..., Any]) -> None:
    found = placed(apart, [box(10, 10, 640) for _ in range(100)])
    assert all(0 <= one["top"] <= ROOM["height"] - one["height"] for one in found)
