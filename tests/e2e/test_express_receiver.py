"""Our node against a receiver as they are in the field: on express, wire version 1, plain HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from securos_trigger import running
from securos_trigger.operations.doctor import examine
from securos_trigger.outbox import State
from securos_trigger.vms.bundle import node_program, simulator_script
from securos_trigger.vms.simulator import Simulator
from tests.e2e.conftest import wait_until
from tests.e2e.field_receiver import installed
from tests.made_videos import write_video

WIRE_FIELDS = (
    "camera_id",
    "event_name",
    "event_description",
    "event_duration",
    "trigger_recording",
    "add_subtitle",
)


@dataclass(frozen=True)
class Express:
    """A running receiver: its port, and the bodies it was posted."""

    port: int
    process: subprocess.Popen[str]

    def next_body(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        body: dict[str, Any] = json.loads(self.process.stdout.readline())
        return body


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is needed to install express")
    return installed(npm, tmp_path_factory.mktemp("express"))


@pytest.fixture(scope="module")
def express(script: Path) -> Iterator[Express]:
    modules = simulator_script().parent / "modules"
    process = subprocess.Popen(
        [node_program(), script],
        env={**os.environ, "AUTH_TOKEN": "field-token", "NODE_PATH": str(modules)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Express(json.loads(process.stdout.readline())["port"], process)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def properties(express: Express) -> dict[str, Any]:
    return {
        "iss_ip": "127.0.0.1",
        "iss_port": str(express.port),
        "iss_password": "field-token",
        "iss_scheme": "http",
        "event_source": "custom",
        "trigger": "go",
        "event_name": "Tür offen",
    }


def test_an_existing_receiver_understands_the_node(
    express: Express, properties: dict[str, Any], tmp_path: Path
) -> None:
    wanted = {**properties, "iss_camera_ids": "1,1.17", "iss_action": "event_and_record", "event_description": "Süd 🚪"}
    with running({**wanted, "record_duration": 9}, outbox=tmp_path / "outbox.sqlite") as node:
        node.process({"go": True}, at=0.0)
        wait_until(lambda: node.counts()[State.DELIVERED] == 1)
    body = express.next_body()
    assert {name: body[name] for name in WIRE_FIELDS} == {
        "camera_id": ["1", "1.17"],
        "event_name": "Tür offen",
        "event_description": "Süd 🚪",
        "event_duration": 9,
        "trigger_recording": True,
        "add_subtitle": False,
    }


def test_an_existing_receiver_refuses_a_blank_camera_list_and_the_event_is_a_dead_letter(
    properties: dict[str, Any], tmp_path: Path
) -> None:
    with running(properties, outbox=tmp_path / "outbox.sqlite") as node:
        node.process({"go": True}, at=0.0)
        wait_until(lambda: node.counts()[State.DEAD] == 1)


def test_an_existing_receiver_and_ours_make_the_same_calls_in_securos(script: Path, tmp_path: Path) -> None:
    calls = []
    for receiver in (script, None):
        with Simulator(("1", "2"), receiver=receiver) as simulator:
            wanted = {
                **simulator.settings(),
                "event_source": "custom",
                "trigger": "go",
                "event_name": "Tür <offen>",
                "event_description": "Süd 🚪",
                "iss_camera_ids": "1,2",
                "iss_action": "event_and_record_and_subtitle",
                "record_duration": 60,
                "send_bounding_boxes": True,
            }
            thing = {"id": 1, "label": "door", "rect": {"left": 181, "top": 217, "width": 115, "height": 156}}
            with running(wanted, outbox=tmp_path / f"{receiver is None}.sqlite") as node:
                node.process({"go": True, "objects": [thing]}, at=0.0, frame_size=(1920, 1080))
                assert node.drain(60)
            calls.append({camera: what_was_called(simulator, camera) for camera in ("1", "2")})
    assert calls[0] == calls[1]
    assert [action for action, _ in calls[0]["2"]] == ["REC", "CLEAR_SUBTITLES", "ADD_SUBTITLES", "VCA_EVENT"]
    assert calls[0]["2"][-1][1]["visualization"] == "rect:9.42708,20.09259,5.98958,14.44444"


def what_was_called(simulator: Simulator, camera: str) -> list[tuple[str, Any]]:
    """The calls for a camera with what they say: ours adds the time of an event and the priority of a recording."""
    return [
        (call["action"], json.loads(params.pop("comment")) if "comment" in params else params)
        for call in simulator.calls()
        if call["id"] == camera
        for params in [{name: value for name, value in call["params"].items() if name != "priority"}]
    ]


def test_the_doctor_says_what_cannot_be_checked_with_it(properties: dict[str, Any], tmp_path: Path) -> None:
    settings = "".join(
        f"{name} = {json.dumps(value)}\n" for name, value in (properties | {"iss_camera_ids": "1"}).items()
    )
    config = tmp_path / "site.toml"
    config.write_text(
        f'[outbox]\npath = "outbox.sqlite"\n[[pipelines]]\nname = "yard"\nsource = {{ type = "file", path = "yard.mp4" }}\n'
        f'[[pipelines.nodes]]\ntype = "trigger_securos_event"\nid = "alarm"\n{settings}'
    )
    write_video(tmp_path / "yard.mp4", [np.zeros((64, 64, 3), np.uint8)] * 3)
    examination = examine(config)
    assert not examination.has_failed
    assert [str(finding).split("\n")[0] for finding in examination.sections[-1].findings[-5:]] == [
        "  warning  receiver     Lumeo's script: it does not recognise a repeated delivery, so a time-out may make a second event",
        "  ok       SecurOS      is connected to the script",
        "  warning  password     not tried: Lumeo's script checks it with events only",
        "  warning  cameras      not compared: Lumeo's script does not list its cameras",
        "  warning  texts        not tried: Lumeo's script has no trial run",
    ]
