"""Messages of an input are replayed as the live pipeline would have decided about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError, RecordingError
from securos_trigger.replay import ReplayResult, replay_recording
from securos_trigger.runtime.recorded_messages import recording_at

AT = 1_777_885_951.0
SITE = """\
[[pipelines]]
name = "site"
source = {{ type = "{kind}", broker = "mqtt://broker.example" }}
cameras = {{ gate = "1", yard = "2" }}
{nodes}
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "192.0.2.7"
iss_port = "3000"
iss_password = "token"
{trigger}
"""
BUILT_IN = 'event_source = "built_in"'
HELD = """\
event_source = "custom"
trigger = "nodes.frigate.current_objects_count > 0"
trigger_mode = "rising_edge"
hold = 5
event_name = "Stays"
"""


def line(at_s: float, number: int, camera: str = "gate", kind: str = "new") -> str:
    after = {"id": f"{number}-abc", "camera": camera, "label": "person", "frame_time": AT + at_s}
    body = json.dumps({"type": kind, "before": {}, "after": {**after, "start_time": AT, "box": [1, 2, 30, 40]}})
    return json.dumps({"at_s": at_s, "topic": "frigate/events", "qos": 1, "body": body})


def recorded(folder: Path, *lines: str) -> Path:
    header = {"format": "frigate", "clock_at_start": "2026-05-04T09:12:31+00:00", "camera_map": {"gate": "1"}}
    (folder / "seen.jsonl").write_text("\n".join([json.dumps(header), *lines]) + "\n")
    return folder / "seen.jsonl"


def replayed(path: Path, trigger: str = BUILT_IN, *, nodes: str = "", kind: str = "frigate") -> ReplayResult:
    site = SITE.format(kind=kind, nodes=nodes, trigger=trigger)
    return replay_recording(path, parse_config(site, base=path.parent), open_recording=recording_at)


def firings(result: ReplayResult) -> list[tuple[str, float, str, Any]]:
    found = [
        (report.source_name, round(one.position_s, 3), one.event.description, one.event.camera_ids)
        for report in result.reports
        for one in report.firings
    ]
    return sorted(found, key=lambda one: one[:2])


def test_a_file_of_messages_shows_the_events_of_each_camera(tmp_path: Path) -> None:
    path = recorded(tmp_path, line(0, 1), line(1, 2, "yard"), line(2, 1, kind="update"), line(3, 3))
    result = replayed(path)
    assert firings(result) == [
        ("gate", 0.0, "person at gate", ("1",)),
        ("gate", 3.0, "person at gate", ("1",)),
        ("yard", 0.0, "person at yard", ("2",)),
    ]


def test_time_goes_on_between_two_messages_so_that_a_hold_ends_where_it_does_live(tmp_path: Path) -> None:
    result = replayed(recorded(tmp_path, line(0, 1), line(60, 1, kind="end")), HELD)
    assert [one[:2] for one in firings(result)] == [("gate", 5.0)]


def test_the_nodes_before_the_trigger_see_each_frame(tmp_path: Path) -> None:
    event = """\
[[pipelines.nodes]]
type = "event"
event_type = "Seen"
condition = "nodes.frigate.new_delta > 0"
[[pipelines.nodes]]
type = "metadata_recorder"
path = "never_written.jsonl"
"""
    trigger = 'event_source = "custom"\ntrigger = "nodes.event1.event_delta == 1"\nevent_name = "Both"'
    result = replayed(recorded(tmp_path, line(0, 1)), trigger, nodes=event)
    assert [one[:2] for one in firings(result)] == [("gate", 0.0)]
    assert not list(tmp_path.glob("never_written*"))


def test_a_folder_of_sample_messages_is_replayed(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "payloads" / "frigate"
    assert {one[0] for one in firings(replayed(folder))} == {"gate", "yard"}


def test_cameras_without_a_row_and_malformed_messages_are_named(tmp_path: Path) -> None:
    bad = json.dumps({"at_s": 1, "topic": "frigate/events", "body": "{ no json"})
    recording = replayed(recorded(tmp_path, line(0, 1), line(0, 2, "attic"), bad)).recording
    assert list(map(str, recording.broken)) == [
        "1 malformed message",
        '1 message of "attic", which the camera map does not have',
    ]


def test_messages_of_another_kind_or_of_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="none has the input that these messages are of"):
        replayed(recorded(tmp_path, line(0, 1)), kind="viseron")
    with pytest.raises(RecordingError, match="input try"):
        replayed(recorded(tmp_path))
