"""Boxes of any metadata lie within the frame."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.trigger.boxes import MAX_BOXES, BoxFinder
from tests.unit.trigger.test_boxes import SIZE, anything, objects


@given(objects | anything, st.none() | st.fixed_dictionaries({"objects": objects | anything}))
def test_nothing_in_metadata_raises_and_what_comes_out_is_within_the_frame(shown: Any, record: Any) -> None:
    for object_filter in (None, "objects", "objects.*, nodes.*.x"):
        boxes = BoxFinder(object_filter).find({"objects": shown, "nodes": {"n": {"x": shown}}}, SIZE, record)
        assert len(boxes) <= MAX_BOXES
        for left, top, width, height in boxes:
            assert 0 <= left < left + width <= 1 + 1e-12
            assert 0 <= top < top + height <= 1 + 1e-12
        json.dumps(boxes, allow_nan=False)
