"""DL Streamer: frames, batches, files, classes of the whole frame, passwords in addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import NOON, Sender

BOX = {"x": 1, "y": 2, "w": 3, "h": 4, "roi_type": "car"}


def frame(**changes: Any) -> dict[str, Any]:
    return {"resolution": {"width": 100, "height": 100}, "source": "gate", "timestamp": 4_200_000_000, **changes}


def test_the_login_of_a_stream_is_left_out_and_a_tag_may_name_the_camera() -> None:
    body = frame(source="rtsp://user:secret@10.0.0.7/live", objects=[BOX])
    assert "secret" not in str(Sender("dlstreamer").send(body))
    assert Sender("dlstreamer", cameras={"rtsp://10.0.0.7/live": "4"}).send(body)["camera"] == "4"
    assert Sender("dlstreamer").send({**body, "tags": {"camera": "yard"}})["camera"] == "2"


def test_a_class_of_the_whole_frame_is_no_object() -> None:
    whole = {"x": 0, "y": 0, "w": 100, "h": 100, "weather": {"label": "rain", "confidence": 0.9}}
    found = Sender("dlstreamer").send(frame(objects=[whole, BOX]))
    assert [thing["label"] for thing in found["objects"]] == ["car"]
    assert found["frame_attributes"] == {"weather": "rain"}


@pytest.mark.parametrize("size", [{"width": 100, "height": 100}, None])
@pytest.mark.parametrize(
    ("item", "rect"),
    [
        ({"x": 10, "y": 20, "w": 30, "h": 40}, [10, 20, 30, 40]),
        ({"x": 0, "y": 0, "w": 100, "h": 100, "region_id": 7}, [0, 0, 100, 100]),
        ({"x": 0, "y": 0, "w": 100, "h": 100}, None),
        ({"x": 0, "y": 0, "w": 0, "h": 0}, None),
        ({"tensors": []}, None),
    ],
)
def test_a_region_without_a_label_is_an_object_and_the_whole_frame_is_none(
    item: dict[str, Any], rect: list[float] | None, size: dict[str, int] | None
) -> None:
    found = Sender("dlstreamer").send(frame(objects=[item], resolution=size))["objects"]
    assert [(thing["label"], thing["rect"]) for thing in found] == ([("", rect)] if rect is not None else [])


def test_a_box_may_be_fractions_only_and_an_id_may_be_missing() -> None:
    thing = {"detection": {"label": "cat", "bounding_box": {"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.6}}}
    [found] = Sender("dlstreamer").send(frame(objects=[thing]))["objects"]
    assert (found["label"], found["id"], found["rect"]) == ("cat", None, [10, 20, 20, 40])


def test_a_batch_is_a_frame_for_each_stream() -> None:
    streams = [{"stream_id": "gate", "objects": [BOX]}, {"stream_id": "yard"}, {"stream_index": 3, "source": "dock_2"}]
    body = {"resolution": {"width": 100, "height": 100}, "timestamp": 1, "streams": streams}
    found = Sender("dlstreamer").send(body)["messages"]
    assert [(one["verdict"], one["source"], len(one["objects"])) for one in found] == [
        ("frame", "gate", 1), ("frame", "yard", 0), ("frame", "dock_2", 0)
    ]  # fmt: skip


def test_a_file_has_one_array_or_one_frame_a_line_and_a_broken_line_spoils_no_other() -> None:
    lines = b'{"source": "gate", "timestamp": 1}\n{"source": "ya\n{"source": "yard", "timestamp": 2}\n'
    found = Sender("dlstreamer").send(lines)["messages"]
    assert [one["verdict"] for one in found] == ["frame", "malformed", "frame"]
    assert found[1]["why"].startswith("no JSON at line 1, column")
    found = Sender("dlstreamer").send([frame(), 7, frame(source="yard")])["messages"]
    assert [one["verdict"] for one in found] == ["frame", "malformed", "frame"]
    assert found[1]["why"] == "[1]: a JSON object is expected, not a number"


def test_the_clock_is_the_machines_else_the_cameras_else_ours() -> None:
    sent = {"sender_ntp_unix_timestamp_ns": int((NOON - 2) * 1e9)}
    both = frame(rtp=sent, system_timestamp="2026-05-04T11:12:31.250:+0200")
    assert Sender("dlstreamer").send(both)["time_unix"] == NOON
    assert Sender("dlstreamer").send(frame(rtp=sent))["time_unix"] == pytest.approx(NOON - 2)
    assert Sender("dlstreamer").send(frame())["time_unix"] is None


def test_another_json_is_refused_with_a_sentence() -> None:
    assert Sender("dlstreamer").send({"objects_": []})["why"] == (
        "none of resolution, source, timestamp, objects, streams is in it: it is not a frame of gvametaconvert"
    )
