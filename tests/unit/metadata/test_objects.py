"""Objects are read from foreign metadata: what is malformed is passed over."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from securos_trigger.metadata.objects import has_rect, make_objects_plain, objects_of, track_id_of, tracked_objects_of

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


@dataclass
class Thing:
    id: int
    label: str = "car"
    rect: dict[str, Any] = field(default_factory=lambda: dict(RECT))


NUMPY_RECT = {side: np.float32(value) for side, value in RECT.items()}


@pytest.mark.parametrize(
    "objects",
    [
        [{"id": np.int64(7), "label": np.str_("car"), "rect": NUMPY_RECT}],
        ({"id": 7, "label": "car", "rect": RECT},),
        [Thing(7)],
        np.array([{"id": 7, "label": "car", "rect": {**RECT, "left": np.array(1)}}]),
    ],
    ids=["numbers of numpy", "a tuple", "a dataclass", "an array"],
)
def test_objects_of_other_types_are_read_as_plain_ones(objects: Any) -> None:
    metadata = {"objects": objects}
    assert tracked_objects_of(metadata, ["car"]) == {7: {"id": 7, "label": "car", "rect": RECT}}
    assert tracked_objects_of(metadata, ["bus"]) == {}
    assert [type(objects_of(metadata)[0]["rect"]["left"])] in ([int], [float])


def test_a_node_that_writes_into_objects_makes_them_plain_first() -> None:
    plain = {"id": 7, "rect": RECT}
    own, foreign = {"objects": [plain]}, {"objects": [Thing(7), plain, None, {"rect": 5}]}
    for metadata in (own, foreign):
        make_objects_plain(metadata)
    assert own["objects"][0] is foreign["objects"][1] is plain
    assert foreign["objects"][0] == {"id": 7, "label": "car", "rect": RECT}
    assert foreign["objects"][2:] == [None, {"rect": 5}]
    objects_of(foreign)[0]["id"] = 8
    assert foreign["objects"][0] == {"id": 8, "label": "car", "rect": RECT}


@pytest.mark.parametrize("objects", [None, {"person": {"count": 3}}, "car", 5])
def test_what_is_no_list_is_left_as_it_is(objects: Any) -> None:
    metadata = {"objects": objects}
    make_objects_plain(metadata)
    assert metadata == {"objects": objects}
    empty: dict[str, Any] = {}
    make_objects_plain(empty)
    assert empty == {}
