"""Axis over MQTT: scenarios, ANY, noise, texts, prefixes; scene frames, finished tracks, the beta form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import NOON, Sender

CAMERAS = {"ACCC8E000001": "1", "ACCC8E000002": "2"}
AOA = "axis:CameraApplicationPlatform/axis:ObjectAnalytics/axis:Device1Scenario1"


def event(data: dict[str, Any], topic: str = AOA, at_s: float = 0.0, **changes: Any) -> dict[str, Any]:
    body = {"topic": topic, "timestamp": int((NOON + at_s) * 1000), "serial": "ACCC8E000001"}
    return {**body, "message": {"source": {}, "key": {}, "data": data}, **changes}


def sender(**settings: Any) -> Sender:
    return Sender("axis-mqtt", **{"cameras": CAMERAS, **settings})


def active(value: str = "1", **more: str) -> dict[str, Any]:
    return {
        "active": value,
        "triggerTime": "",
        "scenarioType": "ObjectInArea",
        "objectId": "",
        "classTypes": "",
        **more,
    }


def test_a_scenario_begins_changes_and_ends() -> None:
    one = sender()
    found = one.send(event(active(objectId="214", classTypes="human")))
    assert (found["verdict"], found["labels"], found["object_ids"], found["time_unix"]) == (
        "new",
        ["human"],
        ["214"],
        NOON,
    )
    assert found["rule"] == "Device1Scenario1"
    assert one.verdict(event(active(objectId="214", classTypes="human"), at_s=1), 1) == "duplicate"
    found = one.send(event(active(objectId="215", classTypes="human"), at_s=2), 2)
    assert (found["verdict"], found["changes"]) == ("update", ["object_ids"])
    found = one.send(event(active("0"), at_s=3), 3)
    assert found["verdict"] == "end"
    assert "labels" not in found


@pytest.mark.parametrize("value", ["1", "0"])
def test_any_repeats_the_others(value: str) -> None:
    assert sender().verdict(event(active(value), AOA.replace("Scenario1", "ScenarioANY"))) == "duplicate"


def test_internal_data_is_noise() -> None:
    assert (
        sender().verdict(event({"a": "1"}, "axis:CameraApplicationPlatform/ObjectAnalytics/xinternal_data"))
        == "ignored"
    )
    assert sender().verdict(event({"xinternal_data": "<a/>"})) == "ignored"
    assert sender().verdict(event({**active(), "xinternal_data": "<a/>"})) == "new"


def test_prefixes_of_the_topic_do_not_count() -> None:
    one = sender()
    one.send(event(active()))
    assert one.verdict(event(active("0"), AOA.replace("axis:", ""), at_s=1), 1) == "end"


def test_a_scenario_that_counts_is_a_state() -> None:
    data = {"startTime": "2026-05-04T00:00:00Z", "reason": "count", "total": "12", "totalHuman": "9", "totalCar": "3"}
    found = sender().send(event(data))
    assert (found["verdict"], found["count"], found["totalHuman"], found["reason"]) == ("state", 12, 9, "count")


def test_the_serial_is_in_the_body_the_topic_or_the_settings() -> None:
    without = event(active())
    del without["serial"]
    assert sender().send(without, topic="axis/ACCC8E000002/event/x")["camera"] == "2"
    assert sender().send(without, topic="site/north/ACCC8E000002/event/x")["camera"] == "2"
    assert sender().send(without, topic="axis/ACCC8E000009/event/x")["unknown_source"] is True
    assert sender(serial="ACCC8E000001").send(without, topic="anything")["camera"] == "1"
    assert sender().send(event(active()), topic="axis/ACCC8E000002/event/x")["camera"] == "1"


def test_a_scenario_of_the_second_channel_is_not_of_the_first_camera() -> None:
    one = sender()
    assert one.send(event(active()))["camera"] == "1"
    assert one.send(event(active(), AOA.replace("Device1", "Device2")))["source"] == "ACCC8E000001#2"


def test_other_events_have_states_as_text() -> None:
    one = sender()
    topic = "onvif:Device/axis:IO/VirtualInput"
    assert one.verdict(event({"active": "1"}, topic)) == "new"
    assert one.verdict(event({"active": "0"}, topic, 1), 1) == "end"


def test_an_input_that_somebody_has_wired_is_news_and_an_output_is_not() -> None:
    """A port has no meaning of its own: who lets the camera publish it has wired a contact, a button or a barrier to it.

    Without an event on rising that wire would do nothing. An output follows a rule or an operator, who knows of it.
    """
    one = sender()
    port = {"source": {"port": "0"}, "key": {}}
    for number, (value, verdict) in enumerate((("1", "new"), ("1", "duplicate"), ("0", "end"), ("1", "new"))):
        body = event({}, "onvif:Device/axis:IO/Port", number, message={**port, "data": {"state": value}})
        assert one.verdict(body, number) == verdict
    assert one.verdict(event({"state": "1"}, "onvif:Device/axis:IO/OutputPort")) == "state"


@pytest.mark.parametrize("day", ["1", "0", "1"])
def test_a_mode_of_the_camera_raises_nothing(day: str) -> None:
    one = sender()
    assert one.verdict(event({"day": day}, "onvif:VideoSource/axis:DayNightVision")) == "state"
    assert not list(one.reader.known.live())


def test_retained_is_stale() -> None:
    assert sender().verdict(event(active()), retain=True) == "stale"
    assert sender().verdict(b"", topic="axis/ACCC8E000001/event/x") == "ignored"


BOX = {"left": 0.25, "top": 0.5, "right": 0.5, "bottom": 0.75}


def frame(*things: Any, timestamp: Any = int(NOON * 1e6), **more: Any) -> dict[str, Any]:
    return {"channel_id": 1, "timestamp": timestamp, "detections": list(things), **more}


@pytest.mark.parametrize("timestamp", [int(NOON * 1e6), "2026-05-04T09:12:31.250000Z"])
def test_a_frame_has_fractions_and_objects_without_a_class(timestamp: Any) -> None:
    things = [
        {"object_track_id": "u1", "bounding_box": BOX, "class": {"type": "Human", "score": 0.7}},
        {"object_track_id": "u2", "bounding_box": BOX},
        {"object_track_id": "u3", "bounding_box": BOX, "class": {"type": "LicensePlate", "score": 0.5}},
    ]
    found = sender().send(frame(*things, timestamp=timestamp), topic="axis/ACCC8E000001/scene")
    assert (found["verdict"], found["camera"], found["time_unix"]) == ("frame", "1", NOON)
    assert [one["label"] for one in found["objects"]] == ["Human", "", "LicensePlate"]
    assert [one.get("part") for one in found["objects"]] == [None, None, True]
    assert found["objects"][0]["rect_fractions"] == [0.25, 0.5, 0.25, 0.25]


def test_keys_of_a_frame_may_be_absent_and_tracks_end() -> None:
    one = sender()
    body: dict[str, Any] = {"channel_id": 1, "timestamp": int(NOON * 1e6)}
    assert one.send(body, topic="axis/ACCC8E000001/scene")["objects"] == []
    events = [{"type": "TrackEnded", "object_track_id": "u1"}, {"type": "Rename", "from": "u2", "to": "u3"}]
    found = one.send({**body, "track_events": events}, topic="axis/ACCC8E000001/scene")
    assert (found["verdict"], found["ended_object_ids"]) == ("frame", ["u1"])
    assert found["renamed"][0]["to"] == "u3"


def test_the_beta_form_is_a_frame() -> None:
    seen = {"track_id": "7", "bounding_box": BOX, "class": {"type": "Vehicle", "score": 0.8}, "timestamp": "x"}
    inner = {
        "timestamp": "2026-05-04T09:12:31.250Z",
        "observations": [seen],
        "operations": [{"type": "DeleteOperation", "id": "5"}],
    }
    found = sender().send({"frame": inner}, topic="axis/ACCC8E000001/scene")
    assert (found["verdict"], found["objects"][0]["id"], found["ended_object_ids"]) == ("frame", "7", ["5"])


def track(kind: str = "Car", **changes: Any) -> dict[str, Any]:
    classes = [{"type": kind, "score": 0.6, "colors": [{"name": "blue", "score": 0.7}]}, {"type": "Bus", "score": 0.3}]
    times = {"start_time": "2026-05-04T09:12:25Z", "end_time": "2026-05-04T09:12:31.25Z", "duration": 6.25}
    path = [{"bounding_box": BOX, "timestamp": "2026-05-04T09:12:25Z"}]
    return {
        "id": "t1",
        "channel_id": 1,
        **times,
        "classes": classes,
        "path": path,
        "image": {"data": "/9j/"},
        **changes,
    }


def test_a_finished_track_is_new_once() -> None:
    one = sender()
    found = one.send(track(), topic="axis/ACCC8E000001/tracks")
    assert (found["verdict"], found["labels"], found["probability"]) == ("new", ["Car"], 0.6)
    assert (found["time_unix"], found["duration"], found["colors"]) == (NOON, 6.25, ["blue"])
    assert one.verdict(track(), 45, topic="axis/ACCC8E000001/tracks") == "duplicate"
    assert one.verdict(track(id="t2", classes=None), topic="axis/ACCC8E000001/tracks") == "new"


def test_a_finished_track_of_a_part_does_not_count() -> None:
    assert sender().verdict(track("Head"), topic="axis/ACCC8E000001/tracks") == "ignored"


def test_other_json_has_a_sentence() -> None:
    assert sender().send({"a": 1})["why"].startswith("neither an event (message)")
    assert sender().send(frame(7))["why"] == "detections[0]: a JSON object is expected, not a number"
