"""`/lumeoevent`: the forms of contract/delivery.md."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import Sender


@pytest.mark.parametrize(
    ("given", "cameras"),
    [("1,2", ["1", "2"]), ([" 3 ", "3", ""], ["3"]), (7, ["7"]), (None, []), ("", []), (["1,2", "4"], ["1", "2", "4"])],
)
def test_cameras_come_as_list_text_or_number(given: Any, cameras: list[str]) -> None:
    assert Sender("lumeoevent").send({"camera_id": given, "event_name": "x"})["cameras"] == cameras


@pytest.mark.parametrize(
    ("given", "duration_s"), [(None, 0), ("5", 5), (-1, 10), ("x", 10), (1e9, 86_400), (True, 10), (2.5, 2.5)]
)
def test_a_duration_follows_the_contract(given: Any, duration_s: float) -> None:
    assert Sender("lumeoevent").send({"event_duration": given})["duration_s"] == duration_s
    assert Sender("lumeoevent").send({})["duration_s"] == 10


def test_an_event_without_an_id_is_new_each_time_and_one_with_an_id_once() -> None:
    sender = Sender("lumeoevent")
    assert [sender.verdict({"event_name": "x"}, at) for at in (0, 1)] == ["new", "new"]
    assert [sender.verdict({"event_name": str(at), "event_id": "e"}, at) for at in (0, 1)] == ["new", "duplicate"]


def test_an_old_event_is_an_event() -> None:
    assert Sender("lumeoevent").verdict({"event_time": "2026-05-01T00:00:00Z", "event_id": "e"}) == "new"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([], "a JSON object is expected, not a list"),
        ({"camera_id": [True]}, "camera_id: a list of texts is expected"),
        ({"camera_id": {"a": 1}}, "camera_id: a list of texts is expected"),
        ({"camera_id": [str(one) for one in range(65)]}, "camera_id: 65 cameras are too many: the most is 64"),
        ({"event_id": ""}, "event_id: a text of 1 to 128 characters is expected"),
        ({"event_name": 7}, "event_name: a text is expected"),
        ({"x": "x" * 300_000}, "the message is longer than 262,144 bytes, which is the most"),
    ],
)
def test_what_the_contract_refuses_is_malformed(body: Any, why: str) -> None:
    found = Sender("lumeoevent").send(body)
    assert (found["verdict"], found["why"]) == ("malformed", why)
