"""What was found first stays, key by key and node by node."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.gst.frame_metadata import merged

PERSON = {"label": "person"}
CAR = {"label": "car"}


@pytest.mark.parametrize(
    ("objects", "mappings", "expected"),
    [
        ([], [], {"objects": []}),
        ([PERSON], [{"objects": [CAR], "speed": 3}], {"objects": [PERSON], "speed": 3}),
        ([], [{"speed": 3}, {"objects": [CAR], "speed": 4}], {"objects": [CAR], "speed": 3}),
        (
            [],
            [{"nodes": {"a": 1, "b": 1}}, {"nodes": {"b": 2, "c": 2}}],
            {"nodes": {"a": 1, "b": 1, "c": 2}, "objects": []},
        ),
        ([], [{"nodes": "none"}, {"nodes": {"b": 2}}], {"nodes": "none", "objects": []}),
    ],
)
def test_metadata_of_several_places_is_merged(
    objects: list[dict[str, Any]], mappings: list[dict[str, Any]], expected: dict[str, Any]
) -> None:
    assert merged(objects, mappings) == expected


def test_what_was_attached_is_not_changed() -> None:
    first: dict[str, Any] = {"nodes": {"a": 1}}
    merged([], [first, {"nodes": {"b": 2}}])
    assert first == {"nodes": {"a": 1}}
