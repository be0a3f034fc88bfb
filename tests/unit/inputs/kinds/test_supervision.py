"""Supervision: rows become frames."""

from __future__ import annotations

from typing import Any

from tests.unit.inputs.kinds_of_messages import NOON, Sender


def row(**more: Any) -> dict[str, Any]:
    return {"x_min": "1", "y_min": "2", "x_max": "3", "y_max": "6", "class_id": 2, "confidence": "0.5",
            "tracker_id": "", **more}  # fmt: skip


def test_rows_of_one_camera_and_frame_are_one_frame() -> None:
    rows = [
        row(camera="gate", frame=1),
        row(camera="gate", frame=1),
        row(camera="gate", frame=2),
        row(camera="yard", frame=2),
    ]
    found = Sender("supervision").send(rows)["messages"]
    assert [(one["source"], len(one["objects"])) for one in found] == [("gate", 2), ("gate", 1), ("yard", 1)]


def test_numbers_may_be_text_and_a_class_may_have_no_name() -> None:
    [found] = Sender("supervision").send([row(camera="gate")])["objects"]
    assert (found["label"], found["id"], found["probability"], found["rect"]) == ("2", None, 0.5, [1, 2, 2, 4])


def test_the_keys_of_custom_data_are_settings() -> None:
    sender = Sender("supervision", camera_key="cam", frame_key="n", time_key="when")
    found = sender.send([row(cam="yard", n=1, when=NOON * 1000)])
    assert (found["source"], found["time_unix"]) == ("yard", NOON)


def test_no_rows_are_a_frame_without_objects() -> None:
    found = Sender("supervision").send([], url="/metadata/gate")
    assert (found["verdict"], found["source"], found["objects"]) == ("frame", "gate", [])
