"""No frame makes a condition raise, and none is changed by it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from securos_trigger.conditions import Condition
from tests.unit.conditions.generators import frames

CONDITIONS = [
    "nodes.a.b > 0 and objects[0].a = 1",
    "nodes.*.*.* >= 0",
    'any(o.a == "car" and o.b > 0.6 for o in objects)',
    "any(x.b = 1 for o in objects for x in o.a)",
    "sum(o.a for o in objects) + len(nodes) * 2 > 1",
    "max(nodes.a) > min(objects) or nodes = objects",
    "nodes.a in objects or objects[0] in nodes or nodes.a + nodes.b = nodes.c",
    "round(nodes.a, nodes.b) = abs(nodes.c) or lower(nodes.a) = upper(nodes.b)",
    "not nodes.a and objects",
    "nodes.a * nodes.a * nodes.a * nodes.a > 1",
]


READ_ONCE = [Condition(text) for text in CONDITIONS]


@given(frames)
@settings(max_examples=200, deadline=None)
def test_no_frame_raises_and_none_is_changed(metadata: dict[str, Any]) -> None:
    before = _shape(metadata)
    for condition in READ_ONCE:
        condition.truth(metadata)
        condition.explain(metadata).to_json()
    assert _shape(metadata) == before


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(child) for key, child in value.items()}
    return [_shape(child) for child in value] if isinstance(value, list) else id(value)
