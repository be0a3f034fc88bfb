"""Which objects of a frame become the boxes of an event."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from securos_trigger import ConfigurationError, TriggerSecurOSEvent
from securos_trigger.model import Box, Event, Flag
from securos_trigger.trigger.boxes import MAX_BOXES, BoxFinder, usable_size
from securos_trigger.trigger.node import NO_FRAME_SIZE
from tests.unit.trigger.test_properties import mistakes_of, read

SIZE = (200, 100)
REQUIRED: dict[str, Any] = {"iss_ip": "vms.example", "iss_password": "token", "send_bounding_boxes": True}


def thing(left: float, *, track_id: Any = None, **fields: Any) -> dict[str, Any]:
    """An object of 20 x 20 pixels whose left edge is at `left`."""
    rect = {"left": left, "top": 0, "width": 20, "height": 20}
    return {"id": track_id, "label": "car", "rect": rect, "probability": 0.5, **fields}


def lefts(boxes: tuple[Box, ...]) -> list[int]:
    """The left edges of boxes in pixels."""
    return [round(box.left * SIZE[0]) for box in boxes]


def found(metadata: Any, object_filter: str | None = None, record: dict[str, Any] | None = None) -> list[int]:
    return lefts(BoxFinder(object_filter).find(metadata, SIZE, record))


def event_of(metadata: dict[str, Any], **properties: Any) -> Event:
    """The event of a node on one frame of a known size."""
    node = TriggerSecurOSEvent(**{**REQUIRED, **properties})
    [event] = node.process(metadata, at=0.0, frame_size=SIZE).events
    return event


def test_without_a_filter_every_object_of_the_frame_is_shown() -> None:
    assert found({"objects": [thing(0), thing(40)]}) == [0, 40]


def test_a_filter_shows_the_objects_of_the_lists_that_it_names() -> None:
    lines = {"a": {"cur_dir1_objects": [thing(40)]}, "b": {"cur_dir1_objects": [thing(60)]}}
    metadata = {"objects": [thing(0), thing(40), thing(60)], "nodes": {"line_counter1": {"lines": lines}}}
    assert found(metadata, "nodes.*.lines.*.cur_dir1_objects") == [40, 60]
    assert found(metadata, "nodes.line_counter1.lines.b.cur_dir1_objects") == [60]
    assert found(metadata, "nodes.line_counter1.lines.c.cur_dir1_objects") == []


def test_an_object_without_a_rect_is_looked_up_by_its_id() -> None:
    objects = [thing(0, track_id=1), thing(40, track_id=2), thing(60, track_id="seven")]
    present = [{"id": 2, "label": "car", "present_s": 1.5}, "seven", 99, None, -1]
    metadata = {"objects": objects, "nodes": {"zone": {"rois": {"yard": {"current_objects": present}}}}}
    assert found(metadata, "nodes.zone.rois.yard.current_objects") == [40, 60]


def test_an_object_that_two_lists_name_is_shown_once() -> None:
    metadata = {"objects": [thing(40, track_id=2)], "a": [2], "b": [{"id": 2}]}
    assert found(metadata, "a, b, objects") == [40]


@pytest.mark.parametrize(
    ("named", "expected"),
    [([2], [40]), ([{"id": 2}], [40]), ([thing(150)], [150]), ([], []), ([99], []), (None, [0, 40]), ("2", [0, 40])],
)
def test_the_objects_that_an_upstream_event_lists_are_shown(named: Any, expected: list[int]) -> None:
    metadata = {"objects": [thing(0, track_id=1), thing(40, track_id=2)]}
    assert found(metadata, None, {"objects": named}) == expected


def test_a_filter_counts_more_than_what_the_upstream_event_lists() -> None:
    metadata = {"objects": [thing(0, track_id=1), thing(40, track_id=2)], "mine": [1]}
    assert found(metadata, "mine", {"objects": [2]}) == [0]


def test_of_many_objects_the_most_probable_twenty_are_shown_first() -> None:
    objects = [thing(number, probability=number / 100) for number in range(60)]
    assert found({"objects": objects}) == list(range(59, 59 - MAX_BOXES, -1))


def test_an_object_without_a_probability_comes_last() -> None:
    odd = [thing(20, probability=None), thing(40, probability=math.nan), thing(60, probability="high")]
    assert found({"objects": [*odd, thing(80, probability=0.1)]}) == [80, 20, 40, 60]


@pytest.mark.parametrize(
    "rect",
    [
        None,
        [],
        "0,0,5,5",
        {},
        {"left": 1, "top": 1, "width": 5},
        {"left": "1", "top": 1, "width": 5, "height": 5},
        {"left": True, "top": 1, "width": 5, "height": 5},
        {"left": 1, "top": 1, "width": 10**400, "height": 5},
        {"left": math.nan, "top": 1, "width": 5, "height": 5},
        {"left": 1, "top": 1, "width": 0, "height": 5},
        {"left": 200, "top": 1, "width": 5, "height": 5},
    ],
)
def test_an_object_whose_rect_is_no_box_is_left_out(rect: Any) -> None:
    assert found({"objects": [{"id": 1, "rect": rect}, thing(40)]}) == [40]


def test_numbers_of_other_packages_are_read() -> None:
    rect = {"left": np.float32(20), "top": Decimal(0), "width": np.int64(20), "height": 20}
    assert found({"objects": ({"rect": rect, "probability": np.float64(0.9)},)}) == [20]


@pytest.mark.parametrize("size", [None, (), (0, 100), (200,), (200, -1), ("200", "100"), (math.nan, 1), (1e7, 1e7), 5])
def test_without_a_usable_frame_size_there_are_no_boxes(size: Any) -> None:
    assert usable_size(size) is None
    assert BoxFinder(None).find({"objects": [thing(0)]}, size) == ()


@pytest.mark.parametrize(
    "size", [[200, 100], (np.int64(200), np.float32(100)), np.array([200, 100]), (Decimal(200), 100)]
)
def test_a_frame_size_of_other_types_is_read(size: Any) -> None:
    [box] = BoxFinder(None).find({"objects": [thing(0)]}, size)
    assert box == Box(0, 0, 0.1, 0.2)
    assert all(type(side) is float for side in box)


def test_only_what_is_asked_for_is_sent() -> None:
    metadata = {"objects": [thing(0)], "go": True}
    custom = {"event_source": "custom", "trigger": "go", "event_name": "x"}
    assert event_of(metadata, **custom).boxes == (Box(0, 0, 0.1, 0.2),)
    assert event_of(metadata, **custom, send_bounding_boxes=False).boxes == ()
    assert event_of(metadata, **custom).box_color == ""
    assert event_of(metadata, **custom, bounding_box_color=" 255, 160,0 ").box_color == "255,160,0"
    assert event_of({"go": True}, **custom, bounding_box_color="1,2,3").box_color == ""


def test_each_upstream_event_shows_its_own_objects() -> None:
    started = {"event_delta": 1, "event_state": 1, "event": "turn"}
    records = [{**started, "event_id": "a", "objects": [1]}, {**started, "event_id": "b", "objects": [2]}]
    metadata = {"objects": [thing(0, track_id=1), thing(40, track_id=2)], "nodes": {"e": {"events": records}}}
    events = TriggerSecurOSEvent(**REQUIRED).process(metadata, at=0.0, frame_size=SIZE).events
    assert [lefts(event.boxes) for event in events] == [[0], [40]]


def test_an_event_without_a_frame_size_goes_without_boxes_and_a_warning_says_so_once() -> None:
    node = TriggerSecurOSEvent(**REQUIRED, event_source="custom", trigger="go", event_name="x")
    metadata = {"objects": [thing(0)], "go": True}
    assert node.process({}, at=0.0).events == ()
    with pytest.warns(RuntimeWarning) as caught:
        events = [node.process(metadata, at=float(at)).events[0] for at in (1, 2)]
    assert [str(one.message) for one in caught] == [NO_FRAME_SIZE]
    assert caught[0].filename == __file__
    assert [(event.boxes, event.flags) for event in events] == [((), frozenset[Flag]())] * 2


def test_a_frame_that_does_not_fire_costs_no_look_at_its_objects() -> None:
    class Objects(list[Any]):
        def __iter__(self) -> Any:
            raise AssertionError("looked at")

    node = TriggerSecurOSEvent(**REQUIRED, event_source="custom", trigger="go", event_name="x")
    assert node.process({"objects": Objects([1]), "go": False}, at=0.0, frame_size=SIZE).events == ()


@pytest.mark.parametrize("text", ["256,0,0", "1,2", "red", "1;2;3", "-1,2,3", "1,2,3,4", "١,2,3", "#ff0000"])
def test_a_colour_is_three_numbers(text: str) -> None:
    [mistake] = mistakes_of(bounding_box_color=text)
    assert mistake == (
        f'bounding_box_color: "{text}" is not a colour\n    Write red, green and blue, each 0 to 255: "255,160,0".'
    )


def test_a_filter_that_is_no_list_of_paths_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError) as caught:
        TriggerSecurOSEvent(**REQUIRED, bounding_box_object_filter="objects > 3")
    [mistake] = caught.value.mistakes
    assert mistake.where == "bounding_box_object_filter"
    assert mistake.what.startswith("objects > 3 is not a path")


def test_a_filter_or_a_colour_without_the_switch_is_warned_about() -> None:
    said = "bounding_box_object_filter, bounding_box_color: not used without send_bounding_boxes = true."
    assert read(bounding_box_color="1,2,3").warnings() == (said,)
    assert read(bounding_box_object_filter="objects", send_bounding_boxes=True).warnings() == ()
    assert read(bounding_box_object_filter=" ", bounding_box_color="").warnings() == ()


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "rect", "objects", "x"]), inner),
    max_leaves=20,
)
side = st.floats() | st.integers(-500, 500) | anything
rects = st.fixed_dictionaries(dict.fromkeys(("left", "top", "width", "height"), side)) | anything
objects = st.lists(st.fixed_dictionaries({"id": anything, "rect": rects, "probability": anything}) | anything)
