"""Plugs are pulled while frames pass: the video goes on, the reason is said, and nothing that was kept is lost."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from securos_trigger import Reason, running
from securos_trigger.outbox import State
from securos_trigger.vms.simulator import Simulator
from tests.e2e.conftest import Notices, wait_until

CUSTOM: dict[str, Any] = {
    "event_source": "custom",
    "trigger": "go",
    "event_name": "Alarm {{ number }}",
    "iss_camera_ids": "1",
}


def names(simulator: Simulator) -> list[str]:
    return [event["name"] for event in simulator.events()]


def test_an_event_reaches_securos_with_recording_and_subtitle(simulator: Simulator, tmp_path: Path) -> None:
    properties = {
        **simulator.settings(),
        **CUSTOM,
        "iss_camera_ids": "1,2",
        "iss_action": "event_and_record_and_subtitle",
        "event_description": "at <the gate> & 'no' further",
        "record_duration": 30,
    }
    with running(properties, outbox=tmp_path / "outbox.sqlite") as node:
        assert node.process({"go": True, "number": 7}, at=0.0).reason is Reason.FIRED
        assert node.drain(60)
    assert sorted((event["id"], event["name"], event["description"]) for event in simulator.events()) == [
        ("1", "Alarm 7", "at <the gate> & 'no' further"),
        ("2", "Alarm 7", "at <the gate> & 'no' further"),
    ]
    for camera_id in ("1", "2"):
        camera = simulator.camera(camera_id)
        assert camera["recording"] is True
        assert camera["subtitle"] == (
            '<p style="color:red;">Alarm 7</p><p>at &lt;the gate&gt; &amp; &#39;no&#39; further</p>'
        )


def test_an_event_without_camera_is_delivered(simulator: Simulator, tmp_path: Path) -> None:
    properties = {**simulator.settings(), **CUSTOM, "iss_camera_ids": ""}
    with running(properties, outbox=tmp_path / "outbox.sqlite") as node:
        node.process({"go": True, "number": 1}, at=0.0)
        assert node.drain(60)
        assert node.counts()[State.DELIVERED] == 1


def test_the_receiver_is_killed_and_restarted_and_every_kept_event_arrives_once_in_order(
    simulator: Simulator, tmp_path: Path, notices: Notices
) -> None:
    properties = {**simulator.settings(), **CUSTOM}
    with running(properties, outbox=tmp_path / "outbox.sqlite", observers=(notices,)) as node:
        for number in range(150):
            if number == 50:  # none is on its way: one whose answer is lost would be done again
                wait_until(lambda: node.counts()[State.DELIVERED] == 50)
                simulator.kill_receiver()
            if number == 100:
                notices.wait_for("target_unreachable")
                simulator.restart_receiver()
            decision = node.process({"go": True, "number": number}, at=number / 25)
            assert decision.reason is Reason.FIRED
            time.sleep(0.01)
        wait_until(lambda: node.counts()[State.DELIVERED] == 150, 120)
    assert names(simulator) == [f"Alarm {number}" for number in range(150)]


def test_events_kept_while_the_vms_is_away_are_delivered_by_the_next_start(tmp_path: Path) -> None:
    with Simulator(("1",)) as first:
        settings, port, token = first.settings(), first.receiver_port, first.token
        first.kill_receiver()
        with running({**settings, **CUSTOM}, outbox=tmp_path / "outbox.sqlite", drain_s=0.2) as node:
            for number in range(5):
                node.process({"go": True, "number": number}, at=float(number))
    with Simulator(("1",), receiver_port=port, token=token) as second:
        # the same receiver, set up again: its certificate is another one
        properties = {**second.settings(), **CUSTOM}
        with running(properties, outbox=tmp_path / "outbox.sqlite") as node:
            wait_until(lambda: node.counts()[State.DELIVERED] == 5)
        assert names(second) == [f"Alarm {number}" for number in range(5)]


def test_the_whole_simulator_is_ended_and_started_again_and_every_kept_event_arrives_once(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    first = Simulator(("1",), home=tmp_path / "home", log=log).start()
    properties = {**first.settings(), **CUSTOM}
    with running(properties, outbox=tmp_path / "outbox.sqlite", observers=()) as node:
        for number in range(60):
            if number == 30:  # none is on its way: one whose answer is lost would be done again
                wait_until(lambda: node.counts()[State.DELIVERED] == 30)
                first.close()
            node.process({"go": True, "number": number}, at=number / 25)
            time.sleep(0.01)
        with Simulator(("1",), home=tmp_path / "home", log=log, receiver_port=first.receiver_port):
            wait_until(lambda: node.counts()[State.DELIVERED] == 60, 120)
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    assert [call["name"] for call in calls if call["action"] == "VCA_EVENT"] == [f"Alarm {n}" for n in range(60)]


@pytest.mark.parametrize(
    ("wrong", "notice", "words"),
    [
        ({"iss_password": "wrong"}, "target_unauthorized", "password"),
        ({"iss_port": "1"}, "target_unreachable", "connection refused"),
        ({"iss_scheme": "http", "iss_certificate_sha256": None}, "target_unreachable", 'Set iss_scheme to \\"https\\"'),
        ({"iss_certificate_sha256": "ab" * 32}, "target_untrusted", "certificate"),
    ],
    ids=["token", "port", "scheme", "certificate"],
)
def test_a_wrong_setting_is_said_in_one_line_and_the_video_goes_on(
    wrong: dict[str, Any], notice: str, words: str, simulator: Simulator, tmp_path: Path, notices: Notices
) -> None:
    properties = {**simulator.settings(), **CUSTOM, **wrong}
    with running(properties, outbox=tmp_path / "outbox.sqlite", observers=(notices,), drain_s=0) as node:
        slowest_s = 0.0
        for number in range(100):
            began_at_s = time.perf_counter()
            assert node.process({"go": True, "number": number}, at=number / 25).reason is Reason.FIRED
            slowest_s = max(slowest_s, time.perf_counter() - began_at_s)
        said = notices.wait_for(notice)
        time.sleep(1.5)  # several more attempts
        wait_until(lambda: node.counts()[State.WAITING] + node.counts()[State.SENDING] == 100)
    assert slowest_s < 2.0
    line = str(said)
    assert words in line
    assert "\n" not in line
    assert simulator.token not in line
    assert len(notices.named(notice)) == 1, "one line when it begins, not one for each attempt"
    assert simulator.events() == []


def test_a_receiver_that_is_not_ready_gets_its_events_later(
    simulator: Simulator, tmp_path: Path, notices: Notices
) -> None:
    simulator.fault(core_ready=False)
    simulator.restart_receiver()
    with running({**simulator.settings(), **CUSTOM}, outbox=tmp_path / "outbox.sqlite", observers=(notices,)) as node:
        node.process({"go": True, "number": 1}, at=0.0)
        notices.wait_for("target_unreachable")
        simulator.fault()
        simulator.restart_receiver()
        wait_until(lambda: node.counts()[State.DELIVERED] == 1)
    assert names(simulator) == ["Alarm 1"]


def test_an_unknown_camera_does_not_hold_up_the_known_one(simulator: Simulator, tmp_path: Path) -> None:
    properties = {**simulator.settings(), **CUSTOM, "iss_camera_ids": "1,99"}
    with running(properties, outbox=tmp_path / "outbox.sqlite") as node:
        for number in range(3):
            node.process({"go": True, "number": number}, at=float(number))
        wait_until(lambda: node.counts()[State.DELIVERED] == 3)
    assert [(event["id"], event["name"]) for event in simulator.events()] == [("1", f"Alarm {n}") for n in range(3)]
