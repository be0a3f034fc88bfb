"""Ultralytics: units that no message says, turned boxes, JSON in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import Sender

URL: dict[str, Any] = {"url": "/metadata/gate"}


def thing(*corners: float, **more: Any) -> dict[str, Any]:
    return {"name": "car", "confidence": 0.5, "box": dict(zip(("x1", "y1", "x2", "y2"), corners, strict=True)), **more}


def test_boxes_are_fractions_when_no_number_is_above_one() -> None:
    [found] = Sender("ultralytics").send([thing(0.1, 0.2, 0.3, 0.6)], **URL)["objects"]
    assert found["rect_fractions"] == pytest.approx([0.1, 0.2, 0.2, 0.4])
    found = Sender("ultralytics", box_unit="pixels").send([thing(0, 0, 1, 1)], **URL)["objects"][0]
    assert found["rect"] == [0, 0, 1, 1]
    found = Sender("ultralytics", frame_size=[200, 100]).send([thing(0.1, 0.2, 0.3, 0.6)], **URL)["objects"][0]
    assert found["rect"] == pytest.approx([20, 20, 40, 40])


def test_a_turned_box_becomes_the_upright_one_around_it() -> None:
    box = {"x1": 50, "y1": 10, "x2": 90, "y2": 50, "x3": 50, "y3": 90, "x4": 10, "y4": 50}
    [found] = Sender("ultralytics").send([{"name": "ship", "box": box}], **URL)["objects"]
    assert found["rect"] == [10, 10, 80, 80]


def test_json_in_a_text_is_read_and_anything_else_refused() -> None:
    assert len(Sender("ultralytics").send(json.dumps([thing(1, 2, 3, 4)]), **URL)["objects"]) == 1
    assert Sender("ultralytics").verdict({"name": "car"}, **URL) == "malformed"
    assert Sender("ultralytics").send([7], **URL)["why"] == "[0]: a JSON object is expected, not a number"
