"""ONVIF over MQTT: topics with and without values, retained states, ends of zero bytes, JSON that was converted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import NOON, Sender

FENCE = "gate/onvif-ej/RuleEngine/FieldDetector/ObjectsInside"
FRAMES = "gate/onvif-mj/VideoAnalytics/profile_1/objects"


def event(
    value: Any = True, *, key: dict[str, Any] | None = None, utc: str = "2026-05-04T09:12:31.250Z"
) -> dict[str, Any]:
    source = {"VideoSource": "1", "Rule": "fence"}
    body: dict[str, Any] = {"UtcTime": utc, "Source": source, "Data": {"IsInside": value}}
    return body | ({"Key": key} if key else {})


def frame(thing: Any) -> dict[str, Any]:
    return {"Frame": {"@UtcTime": "2026-05-04T09:12:31.250Z", "Object": thing}}


@pytest.mark.parametrize("topic", [f"{FENCE}/&1/fence", FENCE])
@pytest.mark.parametrize(("on", "off"), [(True, False), ("true", "false"), (1, 0), ("1", "0")])
def test_a_state_goes_on_and_off(topic: str, on: Any, off: Any) -> None:
    one = Sender("onvif-mqtt")
    assert one.verdict(event(on), topic=topic) == "new"
    assert one.verdict(event(on), 1, topic=topic) == "duplicate"
    assert one.verdict(event(off), 2, topic=topic) == "end"
    assert one.verdict(event(off), 3, topic=topic) == "duplicate"


@pytest.mark.parametrize("alarm", ["ImageTooDark", "ImageTooBlurry", "ImageTooBright", "GlobalSceneChange"])
@pytest.mark.parametrize("finder", ["ImagingService", "AnalyticsService"])
def test_a_covered_or_turned_lens_begins_and_ends_like_any_other_alarm(alarm: str, finder: str) -> None:
    one, topic = Sender("onvif-mqtt"), f"gate/onvif-ej/VideoSource/{alarm}/{finder}/&1"

    def said(is_on: bool, minute: int, after_s: float, **message: Any) -> str:
        body = {"UtcTime": f"2026-05-04T09:{minute}:31.250Z", "Source": {"Source": "1"}, "Data": {"State": is_on}}
        return one.verdict(body, after_s, topic=topic, **message)

    assert said(True, 12, 0.0, retain=True) == "stale", "it was on before, and is known"
    assert said(True, 13, 60.0) == "duplicate"
    assert said(False, 14, 120.0) == "end"
    assert [said(True, 15, 180.0), said(False, 16, 240.0)] == ["new", "end"]


@pytest.mark.parametrize("topic", [f"{FENCE}/&1/fence", FENCE])
def test_zero_bytes_end_what_the_topic_has_said(topic: str) -> None:
    one = Sender("onvif-mqtt")
    one.send(event(), topic=topic)
    found = one.send(b"", 1, topic=topic)
    assert (found["verdict"], found["rule"], found["camera"]) == ("end", "fence", "1")
    assert one.verdict(b"", 2, topic=topic) == "duplicate"
    assert one.verdict(event(), 3, topic=topic) == "new"


def test_zero_bytes_end_every_key_of_the_topic() -> None:
    one = Sender("onvif-mqtt")
    for number in ("4", "5"):
        one.send(event(key={"ObjectId": number}), topic=FENCE)
    found = one.send(b"", 1, topic=FENCE)
    assert [(each["verdict"], each["object_ids"]) for each in found["messages"]] == [("end", ["4"]), ("end", ["5"])]


def test_after_a_restart_the_topic_says_what_is_over() -> None:
    first = Sender("onvif-mqtt")
    first.send(event(), topic=f"{FENCE}/&1/fence")
    again = Sender("onvif-mqtt")
    again.reader.known = first.reader.known
    found = again.send(b"", 1, topic=f"{FENCE}/&1/fence")
    assert (found["verdict"], found["rule"]) == ("end", "fence")


def test_what_the_broker_has_kept_fills_the_state_only() -> None:
    one = Sender("onvif-mqtt")
    assert one.verdict(event(), topic=FENCE, retain=True) == "stale"
    assert one.verdict(event(), 1, topic=FENCE) == "duplicate"
    assert one.verdict(event(False), 2, topic=FENCE) == "end"


def test_an_old_message_of_a_stored_session_is_stale() -> None:
    assert Sender("onvif-mqtt").verdict(event(), 301, topic=FENCE) == "stale"
    assert Sender("onvif-mqtt", age_limit_s=600).verdict(event(), 301, topic=FENCE) == "new"


def test_a_moment_is_said_once() -> None:
    one = Sender("onvif-mqtt")
    topic = "gate/onvif-ej/RuleEngine/LineDetector/Crossed/&1/2/barrier"
    body = {"UtcTime": "2026-05-04T09:12:31.250Z", "Source": {"Rule": "barrier"}, "Data": {"ObjectId": 1}}
    found = one.send(body, topic=topic)
    assert (found["verdict"], found["object_ids"], found["time_unix"]) == ("new", ["1"], NOON)
    assert one.verdict(body, 1, topic=topic) == "duplicate"


@pytest.mark.parametrize(("prefix", "camera"), [("gate", "1"), ("site/yard", "2"), ("yard/north", "2")])
def test_the_camera_is_the_prefix_or_a_level_of_it(prefix: str, camera: str) -> None:
    assert Sender("onvif-mqtt").send(event(), topic=f"{prefix}/onvif-ej/RuleEngine/A/B")["camera"] == camera


def test_the_whole_prefix_comes_before_its_levels() -> None:
    one = Sender("onvif-mqtt", cameras={"site/gate": "7", "gate": "1"})
    assert one.send(event(), topic="site/gate/onvif-ej/RuleEngine/A/B")["camera"] == "7"


@pytest.mark.parametrize("is_list", [False, True])
def test_a_list_of_one_may_be_the_element_itself(*, is_list: bool) -> None:
    def listed(value: Any) -> Any:
        return [value] if is_list else value

    box = {"@left": "-0.5", "@top": "0.5", "@right": "0.5", "@bottom": "-1"}
    kind = {"@Likelihood": "0.9", "#text": "Human"}
    thing = {
        "@ObjectId": 15,
        "Appearance": listed({"Shape": listed({"BoundingBox": listed(box)}), "Class": listed({"Type": listed(kind)})}),
    }
    [found] = Sender("onvif-mqtt").send(frame(listed(thing)), topic=FRAMES)["objects"]
    assert (found["label"], str(found["id"]), found["probability"]) == ("Human", "15", 0.9)
    assert found["rect_fractions"] == [0.25, 0.25, 0.5, 0.75]


def test_a_type_may_be_bare_text_and_a_frame_may_be_empty() -> None:
    thing = {"@ObjectId": 1, "Appearance": {"Class": {"Type": "Car"}}}
    [found] = Sender("onvif-mqtt").send(frame(thing), topic=FRAMES)["objects"]
    assert (found["label"], found["probability"]) == ("Car", None)
    assert Sender("onvif-mqtt").send({"Frame": {"@UtcTime": "2026-05-04T09:12:31Z"}}, topic=FRAMES)["objects"] == []


def test_other_topics_are_ignored_and_other_json_is_malformed() -> None:
    one = Sender("onvif-mqtt")
    assert one.verdict({"a": 1}, topic="gate/other") == "ignored"
    assert one.verdict(b"", topic=FRAMES) == "ignored"
    assert one.send({"a": 1}, topic=FRAMES)["why"] == "Frame is missing"
    assert one.send({"a": 1}, topic=FENCE)["why"].startswith("neither Source nor Data")
