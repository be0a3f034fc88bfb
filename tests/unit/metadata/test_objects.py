"""Objects are read from foreign metadata: what is malformed is passed over."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from securos_trigger.metadata.objects import has_rect, objects_of, track_id_of, tracked_objects_of

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


@pytest.mark.parametrize(
    ("given", "track_id"),
    [
        *((0, 0), (7, 7), (2**63, 2**63), (2**64 - 2, 2**64 - 2), (7.0, 7), (np.int64(7), 7)),
        *(("7", "7"), (" a-1 ", "a-1"), ("1764201600.52-ab12", "1764201600.52-ab12"), (np.str_("x"), "x")),
    ],
)
def test_a_track_id_is_a_whole_number_or_a_text(given: Any, track_id: object) -> None:
    assert track_id_of({"id": given}) == track_id
    assert list(tracked_objects_of({"objects": [{"id": given, "rect": RECT}]})) == [track_id]


@pytest.mark.parametrize(
    "given",
    [
        *(None, -1, -1.0, 1.5, math.nan, True, 2**64 - 1, [], {}, b"7", object()),
        *("", " ", "-1", "None", "null", "UNKNOWN", "undefined", "untracked", "N/A", "x" * 300),
    ],
)
def test_words_and_numbers_for_not_tracked_are_no_track_id(given: Any) -> None:
    assert track_id_of({"id": given}) is None
    assert tracked_objects_of({"objects": [{"id": given, "rect": RECT}, {"rect": RECT}]}) == {}
