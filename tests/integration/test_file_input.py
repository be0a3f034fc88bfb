"""Recorded messages as the source of a pipeline: events, the position over restarts, and the end."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.inputs.source import InputSource
from securos_trigger.notices import Announcer
from securos_trigger.operations.input_try import try_input
from securos_trigger.outbox import Selection, State
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.pipelines import Pipelines
from tests.brokers import Mosquitto, Publisher
from tests.integration.test_mqtt_input import wait_until

CONFIG = """\
[outbox]
path = "outbox.sqlite"

[ledger]
enabled = false

[[pipelines]]
name = "recorded"
source = {{ {source} }}
cameras = {{ gate = "1", yard = "2" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "9"
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


def run(folder: Path, source: str, trigger: str = BUILT_IN, config: str = CONFIG) -> tuple[list[str], dict[str, int]]:
    """Run the pipeline to its end; the descriptions of all events in the outbox, and the verdicts of this run."""
    announcer = Announcer()
    settings = parse_config(config.format(source=source, trigger=trigger), base=folder)
    with Dispatch(settings.outbox, announcer) as dispatch:
        pipelines = Pipelines(dispatch, announcer)
        pipelines.start(settings)
        wait_until(lambda: pipelines.wait(threading.Event()))
        [thread] = pipelines.threads
        assert thread.error is None
        assert thread.on_left_behind == thread.pipeline.source.leave_behind  # type: ignore[attr-defined]
        assert isinstance(thread.pipeline.source, InputSource) and thread.pipeline.source.intake is not None
        counted = {verdict.value: count for verdict, count in thread.pipeline.source.intake.reader.counts.items()}
        rows = [row for state in State for row in dispatch.outbox.select(Selection(state, limit=500))[0]]
    return sorted(
        {row.delivery.event_id: row.delivery.description or row.delivery.name for row in rows}.values()
    ), counted


def line(at_s: float, number: int, camera: str = "gate", kind: str = "new") -> str:
    at = 1_777_885_951.0 + at_s
    after = {"id": f"{number}-abc", "camera": camera, "label": "person", "frame_time": at, "start_time": at}
    body = json.dumps({"type": kind, "before": {}, "after": after})
    return json.dumps({"at_s": at_s, "topic": "frigate/events", "qos": 1, "body": body})


def boxed(written: str) -> str:
    """The same message with the box of its object."""
    entry = json.loads(written)
    body = json.loads(entry["body"])
    body["after"]["box"] = [100, 200, 180, 400]
    return json.dumps({**entry, "body": json.dumps(body)})


def kept(folder: Path) -> int:
    """How many events are in the outbox of a folder."""
    settings = parse_config(
        CONFIG.format(source='type = "frigate", path = "seen.jsonl"', trigger=BUILT_IN), base=folder
    )
    with Dispatch(settings.outbox, Announcer()) as dispatch:
        return sum(dispatch.outbox.counts().values())


def recorded(path: Path, *more: str) -> None:
    header = {"format": "frigate", "clock_at_start": "2026-05-04T09:12:31+00:00", "camera_map": {"gate": "1"}}
    path.write_text("\n".join([json.dumps(header), *more]) + "\n")


@pytest.mark.timeout(120)
def test_recorded_messages_fire_once_however_often_the_service_is_started(tmp_path: Path) -> None:
    source = 'type = "frigate", path = "seen.jsonl"'
    recorded(tmp_path / "seen.jsonl", line(0, 1), line(1, 2, "yard"), line(2, 1, kind="update"))
    events, counted = run(tmp_path, source)
    assert events == ["person at gate", "person at yard"]
    assert counted == {"new": 2, "update": 1}
    assert run(tmp_path, source) == (events, {})  # the position is kept
    recorded(tmp_path / "seen.jsonl", line(0, 1), line(1, 2, "yard"), line(2, 1, kind="update"), line(3, 3))
    assert run(tmp_path, source) == (["person at gate", "person at gate", "person at yard"], {"new": 1})


@pytest.mark.timeout(120)
def test_time_goes_on_between_recorded_messages_so_that_a_hold_ends(tmp_path: Path) -> None:
    recorded(tmp_path / "seen.jsonl", line(0, 1), line(60, 1, kind="end"))
    events, _ = run(tmp_path, 'type = "frigate", path = "seen.jsonl"', HELD)
    assert events == ["Stays"]


@pytest.mark.timeout(120)
def test_after_a_restart_what_is_present_is_known_and_an_edge_stays_spent_while_a_zone_counts_anew(
    tmp_path: Path,
) -> None:
    source = 'type = "frigate", path = "seen.jsonl"'
    zone = '[[pipelines.nodes]]\ntype = "zone_presence"\nmin_presence_s = 0\n'
    config = CONFIG.replace("[[pipelines.nodes]]", f"{zone}[[pipelines.nodes]]", 1)
    entered = "nodes.annotate_presence1.rois.fullframe.objects_entered_delta > 0"
    present = "nodes.frigate.current_objects_count > 0"
    edge = 'event_source = "custom"\ntrigger_mode = "rising_edge"\nevent_name = "Seen"\n'
    (tmp_path / "edge").mkdir()
    (tmp_path / "zone").mkdir()
    first = [boxed(line(0, 1)), boxed(line(1, 1, kind="update"))]
    more = [boxed(line(2, 1, kind="update")), boxed(line(3, 1, kind="update"))]
    for name, trigger in (
        ("edge", f'{edge}trigger = "{present}"'),
        ("zone", f'event_source = "custom"\nevent_name = "In"\ntrigger = "{entered}"'),
    ):
        recorded(tmp_path / name / "seen.jsonl", *first)
        assert run(tmp_path / name, source, trigger, config)[1] == {"new": 1, "update": 1}
        recorded(tmp_path / name / "seen.jsonl", *first, *more)
        assert run(tmp_path / name, source, trigger, config)[1] == {"update": 2}  # it is no new object
    assert kept(tmp_path / "edge") == 1
    assert kept(tmp_path / "zone") == 2


@pytest.mark.timeout(120)
def test_a_folder_with_its_list_is_a_source(tmp_path: Path) -> None:
    folder = Path(__file__).parents[1] / "payloads" / "frigate"
    _, counted = run(tmp_path, f'type = "frigate", path = "{folder}"')
    assert counted["new"] > 1


@pytest.mark.timeout(180)
def test_what_comes_to_an_input_is_recorded_and_read_back(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Publisher(broker) as frigate:
        site = CONFIG.format(source=f'type = "frigate", broker = "{broker.url}"', trigger=BUILT_IN)
        (tmp_path / "site.toml").write_text(site)
        command = [sys.executable, "-m", "securos_trigger", "record", "site.toml", "--out", "seen.jsonl"]
        with (
            (tmp_path / "log").open("w") as log,
            subprocess.Popen(command, cwd=tmp_path, stderr=log, stdout=log) as process,
        ):
            try:
                wait_until(lambda: "source_connected" in (tmp_path / "log").read_text(), 120)
                for written in (line(0, 1), line(1, 2, "yard")):
                    frigate.send("frigate/events", json.loads(written)["body"])
                wait_until(lambda: (tmp_path / "seen.jsonl.partial").read_text().count("frigate/events") == 2)
                process.terminate()
                assert process.wait(60) == 0, (tmp_path / "log").read_text()
            finally:
                process.kill()
    tried: list[Any] = [one.line for one in try_input(tmp_path / "seen.jsonl")]
    assert [(one["source"], one["labels"]) for one in tried] == [("gate", ["person"]), ("yard", ["person"])]
    events, counted = run(tmp_path, 'type = "frigate", path = "seen.jsonl"')
    assert (events, sum(counted.values())) == (["person at gate", "person at yard"], 2)


def at_height(written: str, bottom: int) -> str:
    """The same message with its object's feet at a height of the frame."""
    entry = json.loads(written)
    body = json.loads(entry["body"])
    body["after"] |= {"box": [100, bottom - 100, 180, bottom], "score": 0.9}
    return json.dumps({**entry, "body": json.dumps(body)})


@pytest.mark.timeout(120)
def test_a_hold_goes_on_over_a_restart(tmp_path: Path) -> None:
    source = 'type = "frigate", path = "seen.jsonl"'
    first = [line(0, 1), line(1, 1, kind="update")]
    recorded(tmp_path / "seen.jsonl", *first)
    assert run(tmp_path, source, HELD)[0] == []
    recorded(tmp_path / "seen.jsonl", *first, line(4, 1, kind="update"), line(5.5, 1, kind="update"))
    assert run(tmp_path, source, HELD)[0] == ["Stays"]  # 5 s since the first message, 1.5 s since the restart


@pytest.mark.timeout(120)
def test_a_line_counter_begins_anew_at_a_restart_and_misses_what_crosses_meanwhile(tmp_path: Path) -> None:
    source = 'type = "frigate", path = "seen.jsonl", detect_size = [1280, 720]'
    counter = '[[pipelines.nodes]]\ntype = "line_counter"\nlines = {{ fence = [[0, 300], [1280, 300]] }}\n'
    config = CONFIG.replace("[[pipelines.nodes]]", f"{counter}[[pipelines.nodes]]", 1)
    found = "nodes.annotate_line_counter1.lines.fence.total_objects_crossed"
    trigger = f'event_source = "custom"\nevent_name = "Crossed"\ntrigger = "{found}_delta > 0"\n'
    trigger += f'event_description = "{{{{ objects[-1].id }}}}: {{{{ {found} }}}}"'
    first = [
        *(at_height(line(0, 1), 250), at_height(line(0.5, 1, kind="update"), 400)),
        at_height(line(1, 2), 250),  # it crosses while nothing runs
    ]
    more = [
        at_height(line(2, 2, kind="update"), 400),
        *(at_height(line(3, 3), 250), at_height(line(3.5, 3, kind="update"), 400)),
    ]
    recorded(tmp_path / "seen.jsonl", *first)
    assert run(tmp_path, source, trigger, config)[0] == ["1-abc: 1"]
    recorded(tmp_path / "seen.jsonl", *first, *more)
    assert run(tmp_path, source, trigger, config)[0] == ["1-abc: 1", "3-abc: 1"]


@pytest.mark.timeout(120)
def test_a_tracker_counts_its_ids_from_1_again_after_a_restart(tmp_path: Path) -> None:
    source = 'type = "frigate", path = "seen.jsonl", detect_size = [1280, 720]'
    config = CONFIG.replace("[[pipelines.nodes]]", '[[pipelines.nodes]]\ntype = "tracker"\n[[pipelines.nodes]]', 1)
    trigger = 'event_source = "custom"\nevent_name = "Tracked"\ntrigger = "any(o.id > 0 for o in objects)"\n'
    trigger += (
        'event_description = "{{ objects[0].id }} at {{ meta.nodes.frigate.message.object_ids[0] }}"\ninterval = 60'
    )
    first = [at_height(line(at / 2, 1, kind="update" if at else "new"), 400) for at in range(4)]
    more = [line(2.5, 1, kind="end"), at_height(line(90, 2), 500), at_height(line(90.5, 2, kind="update"), 500)]
    recorded(tmp_path / "seen.jsonl", *first)
    assert run(tmp_path, source, trigger, config)[0] == ["1 at 1-abc"]
    recorded(tmp_path / "seen.jsonl", *first, *more)
    assert run(tmp_path, source, trigger, config)[0] == ["1 at 1-abc", "1 at 2-abc"]
