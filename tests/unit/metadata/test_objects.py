"""Objects are read from foreign metadata: what is malformed is passed over."""

from __future__ import annotations

import math
from typing import Any

import pytest

from securos_trigger.metadata.objects import has_rect, objects_of, tracked_objects_of

RECT = {"left": 1, "top": 2.5, "width": 3, "height": 4}


@pytest.mark.parametrize("objects", [None, {}, "car", 5, [None, "car", {}, {"rect": None}, {"rect": [1, 2, 3, 4]}]])
def test_what_is_not_an_object_is_passed_over(objects: Any) -> None:
    assert objects_of({"objects": objects}) == []
    assert objects_of({}) == []


@pytest.mark.parametrize("side", [None, "3", True, math.nan, math.inf, 1e6, -1e7, 10**400])
def test_a_side_that_cannot_be_pixels_makes_the_rect_unusable(side: Any) -> None:
    assert has_rect({"rect": RECT})
    assert not has_rect({"rect": {**RECT, "width": side}})


def test_objects_are_chosen_by_label_and_stand_as_they_are() -> None:
    car, person = {"label": "car", "rect": RECT}, {"label": "person", "rect": RECT}
    metadata = {"objects": [car, person, {"label": "car"}]}
    assert objects_of(metadata, ["car"]) == [car]
    assert objects_of(metadata)[1] is person


def test_only_whole_numbers_from_zero_are_track_ids() -> None:
    objects = [{"id": id_, "rect": RECT} for id_ in (0, 7, -1, None, True, "7", 7.0)]
    assert list(tracked_objects_of({"objects": objects})) == [0, 7]
