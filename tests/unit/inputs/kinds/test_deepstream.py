"""DeepStream: fields whose number depends on the path, and words for "not tracked"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import Sender

WRITTEN = "2026-05-04T09:12:31.250Z"


def minimal(*objects: Any, **changes: Any) -> dict[str, Any]:
    return {"version": "4.0", "id": "7", "@timestamp": WRITTEN, "sensorId": "gate", "objects": list(objects), **changes}


@pytest.mark.parametrize(
    ("written", "label", "track_id", "probability", "attributes"),
    [
        ("7|1|2|3|4|Car", "Car", 7, None, None),
        ("7|1|2|3|4|Car|#|||||||0.91", "Car", 7, 0.91, None),
        ("7|1|2|3|4|Person|#|male|30|black|none|formal|0.5", "Person", 7, 0.5,
         {"gender": "male", "age": "30", "hair": "black", "cap": "none", "apparel": "formal"}),
        ("7|1|2|3|4|Car|#|sedan|acme|m1|red|TEST01|XX|-0.1", "Car", 7, None,
         {"type": "sedan", "make": "acme", "model": "m1", "color": "red", "license": "TEST01"}),
        ("7|1|2|3|4|Car|#|sedan|acme", "Car", 7, None, {"type": "sedan", "make": "acme"}),
        ("7|1|2|3|4|Car|#|embedding|0.1|0.2", "Car", 7, None, None),
        ("7|1|2|3|4|Car|#|sedan|0.8|#|pose2D|1,2,0.3", "Car", 7, 0.8, {"type": "sedan"}),
        ("18446744073709551615|1|2|3|4|Car", "Car", None, None, None),
        ("-1|1|2|3|4|Car", "Car", None, None, None),
    ],
)  # fmt: skip
def test_an_object_of_the_minimal_schema(
    written: str, label: str, track_id: int | None, probability: float | None, attributes: dict[str, str] | None
) -> None:
    [found] = Sender("deepstream").send(minimal(written))["objects"]
    assert (found["label"], found["id"], found["probability"], found.get("attributes")) == (
        label, track_id, probability, attributes
    )  # fmt: skip
    assert found["rect"] == [1, 2, 2, 2]


def test_a_source_that_is_not_configured_is_found_by_the_topic() -> None:
    assert Sender("deepstream").send(minimal(sensorId="0"), topic="ds/yard")["source"] == "yard"
    assert Sender("deepstream", cameras={"0": "5"}).send(minimal(sensorId="0"), topic="ds/x")["camera"] == "5"


def test_the_label_of_the_full_schema_is_the_name_of_what_describes_the_object() -> None:
    thing = {"id": "18446744073709551615", "location": {"lat": 0}, "face": {"confidence": -0.1, "name": ""},
             "bbox": {"topleftx": 5, "toplefty": 6, "bottomrightx": 9, "bottomrighty": 12}}  # fmt: skip
    body = {
        "messageid": "m",
        "@timestamp": WRITTEN,
        "sensor": {"id": "yard"},
        "object": thing,
        "event": {"type": "entry"},
    }
    found = Sender("deepstream", frame_size=[100, 100]).send(body)
    assert (found["source"], found["event_type"], found["time"]) == ("yard", "entry", "2026-05-04T09:12:31.250000Z")
    assert found["objects"] == [
        {"label": "face", "id": None, "probability": None, "rect": [5, 6, 4, 6], "box_xyxy": [5, 6, 9, 12],
         "rect_fractions": [0.05, 0.06, 0.04, 0.06]}
    ]  # fmt: skip


def test_the_same_frame_again_is_a_duplicate_also_without_a_flag() -> None:
    sender = Sender("deepstream")
    assert [sender.verdict(minimal("7|1|2|3|4|Car"), at) for at in (0.1, 0.2)] == ["frame", "duplicate"]
    assert sender.verdict(minimal("7|1|2|3|4|Car", id="8"), 0.3) == "frame"


def test_what_is_no_object_is_said_with_its_place() -> None:
    sender = Sender("deepstream")
    assert sender.send(minimal("7|1|2"))["why"] == (
        'objects[0]: "7|1|2" has 3 fields; 6 are expected, from the id to the label'
    )
    assert sender.send(minimal("1|1|1|1|1|a", 7))["why"] == (
        "objects[1]: a text with bars is expected, such as 7|400|300|460|450|Person"
    )
    assert sender.send({"a": 1})["verdict"] == "malformed"
