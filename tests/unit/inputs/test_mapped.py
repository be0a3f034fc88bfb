"""Mappings: any JSON, and the ready ones for Viseron, Scrypted, Blue Iris, Home Assistant and Lumeo."""

from __future__ import annotations

import time
from typing import Any

import jmespath
import pytest

from securos_trigger.errors import MessageError
from securos_trigger.inputs.form_parts import json_part
from securos_trigger.inputs.mapping import searched
from securos_trigger.inputs.message import Message
from tests.unit.inputs.kinds_of_messages import NOON, Sender

STATE = "viseron/binary_sensor/{}/state"


def test_a_frame_in_other_units_and_forms() -> None:
    mapping = {
        "source": "meta.cam", "time": "meta.ms", "time_unit": "milliseconds", "size": "[meta.w, meta.h]", "objects": "found[]",
        "label": "k", "id": "n", "probability": "s", "rect": "[b.cx, b.cy, b.w, b.h]", "rect_form": "center",
        "rect_unit": "percent", "zones": "areas", "without_labels": ["shadow"], "keep": {"weather": "meta.weather"},
    }  # fmt: skip
    thing = {"k": "dog", "n": -1, "s": 0.5, "b": {"cx": 50, "cy": 50, "w": 10, "h": 20}, "areas": ["lawn"]}
    body = {"meta": {"cam": "yard", "ms": NOON * 1e3, "w": 200, "h": 100, "weather": "rain"},
            "found": [thing, {"k": "shadow"}]}  # fmt: skip
    found = Sender("generic", mapping=mapping).send(body)
    assert (found["verdict"], found["camera"], found["time_unix"], found["weather"]) == ("frame", "2", NOON, "rain")
    [seen] = found["objects"]
    assert (seen["label"], seen["id"], seen["probability"], seen["zones"]) == ("dog", None, 0.5, ["lawn"])
    assert seen["rect"] == pytest.approx([90, 40, 20, 20])


def test_the_values_of_a_switch_and_of_health_are_compared_in_any_case() -> None:
    switch = Sender("generic", mapping={"source": "c", "state": "s", "on": ["Detected"], "off": ["Gone"]})
    assert [switch.verdict({"c": "gate", "s": word}, at) for at, word in enumerate(("DETECTED", "gone"))] == [
        "new",
        "end",
    ]
    health = Sender("generic", mapping={"source": "c", "health": "h", "online": ["Fine"]})
    assert [health.send({"c": "gate", "h": word})["health"] for word in ("fine", "Bad")] == ["online", "bad"]


def test_the_same_frame_again_is_a_duplicate_only_when_it_has_a_time() -> None:
    timed = Sender("generic", mapping={"source": "c", "time": "t", "objects": "o"})
    body = {"c": "gate", "t": NOON, "o": []}
    assert [timed.verdict(body, at) for at in (0, 1)] == ["frame", "duplicate"]
    untimed = Sender("generic", mapping={"source": "c", "objects": "o"})
    assert [untimed.verdict(body, at) for at in (0, 1)] == ["frame", "frame"]
    assert untimed.verdict(body, 2, dup=True) == "duplicate"


def test_the_first_mapping_that_fits_is_used_and_one_with_a_topic_goes_before_one_without() -> None:
    mapping = [
        {"when": "type == 'x'", "gives": "event", "label": "l"},
        {"topic": "site/{camera}/{label}", "state": "on"},
        {"topic": "site/{camera}/noise", "gives": "ignored"},
        {"topic": "site/{any}", "gives": "level", "source": "c"},
    ]
    sender = Sender("generic", mapping=mapping)
    found = sender.send({"on": True}, topic="site/gate/person")
    assert (found["verdict"], found["camera"], found["labels"]) == ("new", "1", ["person"])
    assert sender.verdict({"on": "OFF"}, 1, topic="site/gate/person") == "end"
    assert sender.send({"c": "gate"}, topic="site/x")["verdict"] == "state"
    assert sender.send({"type": "x", "l": "cat"}, url="/metadata/yard")["labels"] == ["cat"]
    assert sender.verdict({"type": "y"}) == "ignored"
    assert (
        sender.send({"off": 1}, topic="site/gate/person")["why"] == "`on`: is missing, so that it is neither on nor off"
    )
    assert sender.send({"on": "blue"}, topic="site/gate/person")["why"] == '`on`: "blue" is neither on nor off'


def test_an_expression_finds_what_jmespath_finds() -> None:
    data: dict[str, Any] = {"a": {"b": [1, {"c": 2}]}, "n": None}
    for expression, found in [
        ("a.b[1].c", 2),
        ("a.b", [1, {"c": 2}]),
        ("a.b.c", None),
        ("n.x", None),
        ("sum(a)", None),
    ]:
        assert searched(expression, data) == found
    assert searched("a.b", [1]) is None


@pytest.mark.parametrize("expression", ["a || b", "b || a", "a.x || b.y", "c||a", "a", "a.x"])
@pytest.mark.parametrize(
    "value",
    [{}, {"a": 0, "b": 1}, {"a": "", "b": "x"}, {"a": False, "b": []}, {"a": {"x": 1}}, {"a": [], "c": {}}, [1], None],
)
def test_plain_keys_are_looked_up_as_jmespath_looks_them_up(expression: str, value: Any) -> None:
    assert searched(expression, value) == jmespath.search(expression, value)


def test_viserons_topics_are_read_by_the_names_of_the_cameras() -> None:
    sender, on = Sender("viseron"), {"state": "on", "attributes": {"count": 1, "objects": []}}
    found = sender.send(on, topic=STATE.format("dock_2_object_detected_traffic_light"))
    assert (found["verdict"], found["source"], found["labels"]) == ("new", "dock_2", ["traffic_light"])
    found = sender.send(on, topic=STATE.format("gate_zone_fence_object_detected_person"))
    assert (found["verdict"], found["source"], found["zones"], found["labels"]) == (
        "new",
        "gate",
        ["fence"],
        ["person"],
    )
    found = sender.send(on, topic=STATE.format("attic_object_detected_cat"))
    assert (found["source"], found["unknown_source"]) == ("attic", True)
    off = {"state": "off", "attributes": {"count": 0, "objects": []}}
    assert sender.verdict(off, topic=STATE.format("yard_object_detected_car")) == "state"
    assert sender.send(b"offline", topic="viseron/lwt")["health"] == "offline"
    assert sender.verdict(on, topic="viseron/sensor/cpu/state") == "ignored"


def test_viserons_moving_box_is_an_update_of_nothing() -> None:
    sender, topic = Sender("viseron"), STATE.format("gate_object_detected_car")
    for x, after_s, verdict in [(0.1, 0, "new"), (0.2, 1, "update"), (0.2, 2, "duplicate")]:
        thing = {"label": "car", "rel_x1": x, "rel_y1": 0.1, "rel_x2": x + 0.1, "rel_y2": 0.2}
        body = {"state": "on", "attributes": {"count": 1, "objects": [thing]}}
        found = sender.send(body, after_s, topic=topic)
        assert (found["verdict"], found.get("changes", [])) == (verdict, [])


def test_blue_iris_lists_several_labels_and_writes_a_comma_too_many() -> None:
    sender = Sender("blueiris")
    found = sender.send(
        b'{"state":"ON", "camera":"gate", "object":"car:71%,person:65%", , "type":""}', topic="BlueIris/gate/a"
    )
    assert (found["verdict"], found["labels"], found["probability"]) == ("new", ["car", "person"], 0.71)
    assert sender.verdict({"type": "x", "trigger": "OFF"}, 5, topic="BlueIris/gate/Status") == "end"
    assert sender.verdict({"state": "ON", "object": "dog"}, 6, topic="BlueIris/yard/alert") == "new"
    assert sender.verdict({"state": "ON", "object": "dog "}, 90, topic="BlueIris/yard/alert") == "new"
    assert sender.verdict(b'{"state":"ON", "object":"a "quote""}', topic="BlueIris/gate/a") == "malformed"


@pytest.mark.parametrize(
    ("topic", "body", "health"),
    [
        ("alert", {"state": "ON", "camera": "gate", "type": "WATCHDOG"}, "lost"),
        ("Status", {"type": "WATCHDOG", "trigger": "ON"}, "lost"),
        ("Status", {"type": "WATCHDOG", "trigger": "OFF"}, "online"),
        ("WATCHDOG", {"state": "ON", "type": "WATCHDOG"}, "lost"),
        ("WATCHDOG", {"state": "OFF"}, "online"),
        ("WATCHDOG", {"type": "Connectivity", "trigger": "ON"}, "online"),
        ("WATCHDOG", "ON", "lost"),
        ("Watchdog", "ON", "lost"),
        ("watchdog", "OFF", "online"),
        ("watchdog", "something else", None),
        ("Status", {"type": "Connectivity", "trigger": "OFF"}, "lost"),
        ("Status", {"type": "Connectivity", "trigger": "ON"}, "online"),
        ("Status", {"type": "Connectivity", "trigger": True}, "online"),
        ("Status", {"type": "Connectivity", "trigger": False}, "lost"),
        ("Status", {"type": "Connectivity"}, None),
        ("Status", {"type": "Connectivity", "trigger": "?"}, None),
    ],
)
def test_the_watchdog_of_blue_iris_says_that_a_camera_is_lost_and_nothing_else_does(
    topic: str, body: object, health: str | None
) -> None:
    written = body.encode() if isinstance(body, str) else body
    found = Sender("blueiris").send(written, topic=f"BlueIris/gate/{topic}")
    assert (found["verdict"], found["camera"], found.get("health")) == ("state", "1", health)


@pytest.mark.parametrize(
    ("written", "labels", "probability"),
    [
        ("person:87%", ["person"], 0.87),
        (" big dog = 7.5 % ", ["big dog"], 0.075),
        ("Gate: person:87%", ["person"], 0.87),
        ("person, car:71%", ["person", "car"], None),
        ("17:30", ["17"], 0.3),
        ("note: see 5, dog:9%", ["dog"], 0.09),
        ("zone=yard, dog=9%", ["dog"], 0.09),
        ("no percent: here", ["no percent: here"], None),
        (":87%", [":87%"], None),
    ],
)
def test_blue_iris_writes_labels_and_percents_in_one_text(
    written: str, labels: list[str], probability: float | None
) -> None:
    found = Sender("blueiris").send({"state": "ON", "object": written}, topic="BlueIris/gate/alert")
    assert (found["labels"], found.get("probability")) == (labels, probability)


def test_a_long_text_without_a_percent_costs_no_more_than_its_length() -> None:
    sender, began_at_s = Sender("blueiris"), time.process_time()
    for number in range(20):
        sender.send({"state": "ON", "object": f"{'a' * 4_000}{number}"}, number, topic="BlueIris/gate/alert")
    assert time.process_time() - began_at_s < 1.0  # it was 4 s


def test_home_assistants_unavailable_is_not_off() -> None:
    sender, topic = Sender("homeassistant"), "homeassistant/binary_sensor/dock_2_person/state"
    assert sender.send(b"on", topic=topic)["source"] == "dock_2"
    assert sender.send(b"unavailable", 1, topic=topic)["health"] == "unavailable"
    assert sender.verdict(b'"on"', 2, topic=topic) == "update"
    assert sender.verdict(b"off", 3, topic=topic) == "end"
    assert sender.verdict(b"on", 4, topic=topic, retain=True) == "stale"
    body = {"source": "gate", "label": "person", "entity_id": "e", "state": "on", "old_state": "on"}
    assert sender.verdict(body) == "state"
    assert sender.verdict({**body, "old_state": "off"}) == "new"
    assert sender.verdict({**body, "old_state": "on", "state": "off"}) == "end"
    assert sender.verdict({"source": "gate", "label": "doorbell"}) == "new"


def test_the_camera_that_a_body_does_not_name_may_be_in_the_address() -> None:
    body = {"label": "person", "state": "on", "entity_id": "e"}
    assert Sender("homeassistant").send(body, url="/metadata/gate")["camera"] == "1"
    assert Sender("homeassistant").send(body, url="/metadata/homeassistant")["source"] is None


def test_scrypteds_frame_may_have_no_detections() -> None:
    sender = Sender("scrypted")
    assert sender.send({"timestamp": NOON * 1e3, "inputDimensions": [1, 1]}, url="/metadata/gate")["objects"] == []
    assert sender.verdict({"other": 1}, url="/metadata/gate") == "ignored"


def test_lumeos_frame_may_have_no_objects_and_come_as_a_form() -> None:
    body = b'{"nodes": {"v": {"type": "video", "source_id": "gate"}}, "objects": []}'
    assert Sender("lumeo").send(body)["camera"] == "1"
    form = (
        b"--b\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--b\r\nContent-Disposition: form-data\r\n\r\n"
        + body
        + b"\r\n--b--"
    )
    assert Sender("lumeo").send(form, content_type="multipart/form-data; boundary=b")["camera"] == "1"


@pytest.mark.parametrize(
    ("content_type", "body", "why"),
    [
        ("multipart/form-data", b"", "the content type of the form names no boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--", "none of the 1 parts of the form is JSON"),
    ],
)
def test_a_form_without_json_is_refused(content_type: str, body: bytes, why: str) -> None:
    with pytest.raises(MessageError) as raised:
        json_part(Message(body=body, arrived_at=NOON, content_type=content_type))
    assert str(raised.value) == why
