"""Frigate: what its versions say, lose and repeat."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import NOON, Sender


def state(**changes: Any) -> dict[str, Any]:
    return {
        "id": "17.5-abc", "camera": "gate", "frame_time": NOON, "start_time": NOON - 1, "end_time": None, "label": "person",
        "sub_label": None, "false_positive": False, "box": [10, 20, 30, 60], "score": 0.7, "stationary": False,
        "position_changes": 1, "current_zones": [], "entered_zones": [], **changes,
    }  # fmt: skip


def event(kind: str, before: Any = None, **after: Any) -> dict[str, Any]:
    return {"type": kind, "before": before or state(false_positive=kind == "new"), "after": state(**after)}


EVENTS: dict[str, Any] = {"topic": "frigate/events"}


@pytest.mark.parametrize(
    ("sub_label", "name"),
    [(None, None), ("bob", "bob"), (["bob", 0.8], "bob"), (["bob", None], "bob"), ([None, None], None), ([], None)],
)
def test_a_sub_label_is_a_text_or_a_pair_or_cleared(sub_label: Any, name: str | None) -> None:
    assert Sender("frigate").send(event("new", sub_label=sub_label), **EVENTS).get("sub_label") == name


def test_a_sub_label_that_is_cleared_is_a_change() -> None:
    sender = Sender("frigate")
    sender.send(event("new", sub_label=["bob", 0.8]), **EVENTS)
    found = sender.send(event("update", sub_label=[None, None], frame_time=NOON + 1), 1, **EVENTS)
    assert (found["verdict"], found["changes"]) == ("update", ["sub_label"])


def test_a_parked_car_that_is_repeated_after_our_start_raises_nothing_new() -> None:
    old = {"start_time": NOON - 7_200, "position_changes": 0, "label": "car"}
    sender = Sender("frigate")
    found = sender.send(event("update", before=state(**old), **old), **EVENTS)
    assert (found["verdict"], found["changes"], found["movement"]) == ("update", [], False)
    found = sender.send(event("update", **{**old, "position_changes": 1, "frame_time": NOON + 9}), 9, **EVENTS)
    assert (found["verdict"], found["changes"], found["movement"]) == ("update", ["position_changes"], True)


def test_an_object_whose_first_message_was_lost_is_new() -> None:
    sender = Sender("frigate")
    assert sender.verdict(event("update", start_time=NOON - 20), **EVENTS) == "new"
    assert sender.verdict(event("new", start_time=NOON - 20, frame_time=NOON - 15), 1, **EVENTS) == "stale"


def test_what_frigate_is_not_sure_of_is_ignored() -> None:
    assert Sender("frigate").verdict(event("new", false_positive=True), **EVENTS) == "ignored"


def test_after_a_restart_of_frigate_its_objects_are_gone_and_repeats_of_them_are_not_new() -> None:
    sender = Sender("frigate")
    sender.send(event("new"), **EVENTS)
    assert len(list(sender.reader.known.live())) == 1
    assert sender.verdict(b"online", 5, topic="frigate/available", retain=True) == "state"
    assert len(list(sender.reader.known.live())) == 1
    assert sender.verdict(b"online", 6, topic="frigate/available") == "state"
    assert list(sender.reader.known.live()) == []
    assert sender.verdict(event("update", frame_time=NOON + 60), 60, **EVENTS) == "update"


def test_an_old_event_is_stale_and_its_later_life_is_known() -> None:
    sender = Sender("frigate", age_limit_s=60)
    assert sender.verdict(event("new"), 61, **EVENTS) == "stale"
    assert sender.verdict(event("update", frame_time=NOON + 62), 62, **EVENTS) == "update"


def test_a_camera_that_is_not_in_the_map_is_marked() -> None:
    found = Sender("frigate").send(event("new", camera="porch"), **EVENTS)
    assert (found["source"], found["unknown_source"], found.get("camera")) == ("porch", True, None)


def test_two_frigates_at_one_broker_do_not_share_objects() -> None:
    sender = Sender("frigate", also_prefix="north/frigate", cameras={"gate": "1", "north/frigate/gate": "9"})
    assert sender.send(event("new"), **EVENTS)["camera"] == "1"
    found = sender.send(event("new"), 1, topic="north/frigate/events")
    assert (found["verdict"], found["camera"], found["source"]) == ("new", "9", "north/frigate/gate")
    assert sender.verdict(event("new"), 2, topic="south/frigate/events") == "ignored"


def review(kind: str, **data: Any) -> dict[str, Any]:
    severity, end_time = data.pop("severity", "detection"), data.pop("end_time", None)
    found = {
        "id": "17.9-rv", "camera": "gate", "start_time": NOON, "end_time": end_time, "severity": severity,
        "data": {"detections": [], "objects": [], "sub_labels": [], "zones": [], "audio": [], **data},
    }  # fmt: skip
    return {"type": kind, "before": found, "after": found}


def test_reviews_bring_sounds_and_end_by_force() -> None:
    sender = Sender("frigate")
    topic: dict[str, Any] = {"topic": "frigate/reviews"}
    found = sender.send(review("new", audio=["bark"], severity="alert"), **topic)
    assert (found["verdict"], found["labels"], found["severity"]) == ("new", ["bark"], "alert")
    found = sender.send(review("update", audio=["bark"], objects=["dog-verified"], severity="detection"), 2, **topic)
    assert (found["labels"], found["changes"]) == (["dog", "bark"], ["severity", "objects"])
    found = sender.send(review("end", audio=["bark"], end_time=2**63 - 1), 9, **topic)
    assert (found["verdict"], found["time"]) == ("end", None)


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [
        ("frigate/dock_2/all", b"3", {"verdict": "state", "source": "dock_2", "count": 3}),
        ("frigate/fence/person/active", b"0", {"verdict": "state", "source": None, "zone": "fence", "count": 0}),
        ("frigate/porch/motion", b"OFF", {"verdict": "state", "source": "porch", "value": "OFF"}),
        ("frigate/gate/status/detect", b"offline", {"verdict": "state", "source": "gate", "health": "offline"}),
        ("frigate/unnamed/status/detect", b"offline", {"verdict": "state", "source": "unnamed", "health": "offline"}),
        ("frigate/gate/enabled/state", b"ON", {"verdict": "state", "source": "gate"}),
        ("frigate/gate/person/snapshot", b"\xff\xd8\xff", {"verdict": "ignored", "source": "gate"}),
        ("frigate/camera_activity", b"{}", {"verdict": "ignored", "source": None}),
        ("frigate/available", b"stopped", {"verdict": "state", "health": "stopped"}),
        ("frigate/available", b"maybe", {"verdict": "malformed"}),
        ("frigate/events", b"{}", {"verdict": "malformed", "why": "after: a JSON object is expected, not nothing"}),
        ("frigate/events", b'{"after": {"id": ""}}', {"verdict": "malformed"}),
        ("frigate/events", b'{"type": "born", "after": {"id": "a", "camera": "gate"}}', {"verdict": "ignored"}),
        (
            "frigate/stats",
            b'{"cameras": {"a": {"camera_fps": 0}, "b": 7}}',
            {"verdict": "state", "dead_cameras": ["a"]},
        ),
        ("frigate/stats", b'{"cameras": {"' + b"a" * 9_999 + b'": {"camera_fps": 1}}}', {"verdict": "state"}),
        ("frigate", b"x", {"verdict": "ignored"}),
    ],
)
def test_each_topic_has_its_meaning(topic: str, body: bytes, expected: dict[str, Any]) -> None:
    found = Sender("frigate").send(body, topic=topic)
    assert {name: found.get(name) for name in expected} == expected


def test_each_camera_may_detect_in_a_size_of_its_own() -> None:
    sizes = {"gate": [100, 100], "north/gate": [200, 100], "*": [400, 100]}
    sender = Sender("frigate", also_prefix="north", detect_size=sizes)
    topics = {"gate": "frigate/events", "north": "north/events", "yard": "frigate/events"}
    widths = {}
    for number, (name, topic) in enumerate(topics.items()):
        camera = "yard" if name == "yard" else "gate"
        found = sender.send(event("new", id=f"17.{number}", camera=camera), topic=topic)
        widths[name] = found["rect_fractions"][2]  # the box is 20 pixels wide
    assert widths == {"gate": 0.2, "north": 0.1, "yard": 0.05}
