"""What is said of an input: its messages by camera and verdict, within a bound."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace as Namespace
from typing import Any, cast

import pytest

from securos_trigger.inputs.feed import Arrival, ConnectionState
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.source import InputParts, InputSource
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer
from securos_trigger.runtime.input_status import input_status, messages_by_camera
from tests.unit.inputs.test_intake import NOW, Nodes, intake_of, person

#: Host and transport, which these tests need none of.
NOT_ASKED: Any = None


def source_with(cameras: dict[str, str], bodies: list[Any]) -> InputSource:
    """An input whose intake has had these messages."""
    kind = load_kind("frigate")
    parts = InputParts(kind, kind.settings(), NOT_ASKED, NOT_ASKED)
    source = InputSource("frigate", parts, Heartbeat(), Announcer())
    source.intake = intake_of(Nodes(), cameras=cameras)
    for body in bodies:
        written = json.dumps(body).encode() if not isinstance(body, bytes) else body
        source.intake.take(Arrival(Message(body=written, arrived_at=NOW, topic="frigate/events")))
    return source


def test_messages_are_counted_by_the_camera_of_the_map_and_beyond_the_bound_together() -> None:
    cameras = {"a": "1", "b": "2", "c": "3"}
    bodies = [person(1, "a"), person(1, "a"), person(2, "b"), person(3, "c"), person(4, "attic"), b"{ no json"]
    source = source_with(cameras, bodies)
    found = messages_by_camera(source, 200)
    assert list(found) == ["", "a", "b", "c"]
    assert {name: found[name]["new"] for name in found} == {"": 1, "a": 1, "b": 1, "c": 1}
    assert (found["a"]["duplicate"], found[""]["malformed"]) == (1, 1)
    assert all(set(counted) == {one.value for one in Verdict} for counted in found.values())
    few = messages_by_camera(source, 1)
    assert list(few) == ["", "a", "…"]
    assert few["…"]["new"] == 2


def test_what_was_said_more_than_a_day_ago_is_no_remark_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_with({"a": "1"}, [person(1, "a"), person(2, "attic")])
    source.feed = cast(Any, Namespace(state=ConnectionState("frigate", Announcer()), queue=(), last_qos=[1, 0, 1]))
    for after_s, cameras, has_clock in ((60.0, {"attic": 1}, True), (25 * 3600.0, {}, False)):
        monkeypatch.setattr(time, "time", lambda now=NOW + after_s: now)
        seen = input_status(source)
        assert seen["unknown_cameras"] == cameras
        assert list(seen["unknown_cameras_heard"]) == list(cameras)
        [camera] = seen["cameras"]
        assert (camera["name"], camera["clock_offset_s"] is not None) == ("a", has_clock)
        assert seen["qos_0"] == 1


def test_an_input_that_was_not_started_has_no_counts() -> None:
    kind = load_kind("frigate")
    parts = InputParts(kind, kind.settings(), NOT_ASKED, NOT_ASKED)
    source = InputSource("frigate", parts, Heartbeat(), Announcer())
    assert messages_by_camera(source, 200) == {}
    assert input_status(source)["last_message_age_s"] is None
