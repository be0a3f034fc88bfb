"""Lists of metadata that a setting names by their paths."""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import Any

import pytest

from securos_trigger.conditions.path_lists import PathLists
from securos_trigger.errors import ConditionError

LINES = {"counter": {"lines": {"gate, north": {"crossing": [1]}, "gate south": {"crossing": [2, 3]}}}}


def items(text: str, metadata: Any) -> list[Any]:
    return list(PathLists(text).items(metadata))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("objects", [7, 8]),
        ("objects.*", [7, 8]),
        ('nodes.counter.lines["gate, north"].crossing', [1]),
        ("nodes.counter.lines.*.crossing", [1, 2, 3]),
        ("nodes.*.lines.*south.crossing, objects", [2, 3, 7, 8]),
        ("objects , nodes.none.at.all", [7, 8]),
        ("objects.7", []),
        ("nodes.*.lines.*.*.*", [1, 2, 3]),
    ],
)
def test_the_items_of_all_named_lists_come_in_order(text: str, found: list[int]) -> None:
    assert items(text, {"nodes": LINES, "objects": [7, 8]}) == found


def test_an_object_at_a_path_is_one_item_and_what_is_no_data_is_passed_over() -> None:
    assert items("event.object, other", {"event": {"object": {"id": 7}}, "other": object()}) == [{"id": 7}]


def test_lists_of_other_types_are_read() -> None:
    assert items("objects", MappingProxyType({"objects": deque([1, 2])})) == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("objects > 0", "objects > 0 is not a path"),
        ("objects, 'car'", "'car' is not a path"),
        ("nodes.line-counter.x", "nodes.line-counter.x is not a path"),
        ("objects] + [1", "] + [1"),
    ],
)
def test_a_text_that_is_no_list_of_paths_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as caught:
        PathLists(text)
    assert message in str(caught.value)
    assert caught.value.source == text
    assert 0 <= caught.value.position < len(text)


@pytest.mark.parametrize("text", ["", " ", ",", "objects,,objects", "objects objects", "objects["])
def test_a_comma_too_many_or_too_few_is_a_mistake(text: str) -> None:
    if text.strip():
        with pytest.raises(ConditionError):
            PathLists(text)
    else:
        assert items(text, {"objects": [1]}) == []


def test_the_plainest_spelling_is_shown() -> None:
    assert str(PathLists('nodes["a"].lines["gate 1"].x,objects')) == 'nodes.a.lines["gate 1"].x, objects'
