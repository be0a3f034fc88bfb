"""A site moves from Lumeo in two steps, in either order, and no event is lost on the way.

Lumeo's script is played by a receiver of wire version 1 on express, its sender by requests with the fields of that wire alone.
"""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import ssl
from pathlib import Path
from typing import Any

import pytest

from securos_trigger import running
from securos_trigger.notices import Notice
from securos_trigger.operations.import_lumeo import import_lumeo
from securos_trigger.operations.trust import accept_certificate, shown_certificates
from securos_trigger.outbox import State
from securos_trigger.vms.simulator import Simulator
from tests.e2e.conftest import wait_until
from tests.e2e.field_receiver import installed

TOKEN = "the-token-of-the-site"
#: What Lumeo's node sends: no id, no time of the event.
LUMEO_EVENT: dict[str, Any] = {
    "camera_id": ["1", "2"],
    "event_name": "Line crossed",
    "event_description": "Süd 🚪",
    "event_duration": 60,
    "trigger_recording": True,
    "add_subtitle": True,
}


@pytest.fixture(scope="module")
def lumeo_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is needed to install express")
    return installed(npm, tmp_path_factory.mktemp("express"))


def lumeo_sends(port: int, authorization: str = f"Bearer {TOKEN}", **fields: Any) -> tuple[int, dict[str, Any]]:
    """Post an event as Lumeo's node does, over HTTPS; gives status and answer."""
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    body = json.dumps({**LUMEO_EVENT, **fields}).encode()
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    try:
        connection.request("POST", "/lumeoevent", body, headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    finally:
        connection.close()


def what_was_called(simulator: Simulator) -> list[tuple[str, str]]:
    return sorted((call["id"], call["action"]) for call in simulator.calls())


def imported(folder: Path, port: int) -> Path:
    """The configuration that `import lumeo` makes of a pipeline with the settings of the site."""
    trigger = {
        "type": "trigger_iss_securos",
        "iss_ip": "127.0.0.1",
        "iss_port": str(port),
        "iss_password": TOKEN,
        "iss_camera_ids": "1,2",
        "event_source": "custom",
        "trigger": "go",
        "event_name": "Line crossed",
        "iss_action": "event_and_record_and_subtitle",
    }
    pipeline = [
        {
            "id": "video1",
            "properties": {"type": "video", "uri": "rtsp://127.0.0.1:9/1"},
            "wires": {"video": ["iss1.input"]},
        },
        {"id": "iss1", "properties": trigger, "wires": {}},
    ]
    (folder / "yard.json").write_text(json.dumps(pipeline))
    done = import_lumeo(folder / "yard.json", folder / "site.toml")
    assert done.missing == ()
    return done.config


def test_the_script_is_replaced_first_and_then_the_sender(lumeo_script: Path, tmp_path: Path) -> None:
    with Simulator(("1", "2"), token=TOKEN, receiver=lumeo_script) as before:
        assert lumeo_sends(before.receiver_port)[0] == 200
        wait_until(lambda: len(before.events()) == 2)
        called, port = what_was_called(before), before.receiver_port
    with Simulator(("1", "2"), token=TOKEN, receiver_port=port, home=tmp_path / "securos") as after:
        status, answer = lumeo_sends(port)
        assert (status, answer["ok"]) == (200, True)
        assert what_was_called(after) == called, "Lumeo's events look as before"
        assert lumeo_sends(port)[0] == 200
        assert len(after.events()) == 4, "without an id a repeat is a second event"
        config = imported(tmp_path, port)
        with running(config, outbox=tmp_path / "outbox.sqlite", observers=()) as node:
            node.process({"go": True}, at=0.0)
            wait_until(lambda: node.counts().get(State.DELIVERED) == 1)
        assert [event["name"] for event in after.events()] == ["Line crossed"] * 6


def test_the_sender_is_replaced_first_and_then_the_script(lumeo_script: Path, tmp_path: Path) -> None:
    heard: list[Notice] = []
    with Simulator(("1", "2"), token=TOKEN, receiver=lumeo_script) as before:
        port = before.receiver_port
        config = imported(tmp_path, port)
        outbox = tmp_path / "outbox.sqlite"
        config.write_text(f'[outbox]\npath = "{outbox.name}"\n' + config.read_text())
        with running(config, observers=()) as node:
            node.process({"go": True}, at=0.0)
            wait_until(lambda: node.counts().get(State.DELIVERED) == 1)
        assert [event["name"] for event in before.events()] == ["Line crossed"] * 2
    with running(config, observers=(heard.append,)) as node:
        node.process({"go": True}, at=0.0)  # the script is being replaced: the event waits
        with Simulator(("1", "2"), token=TOKEN, receiver_port=port, home=tmp_path / "securos") as after:
            wait_until(lambda: any(notice.name == "target_untrusted" for notice in heard))
            assert after.events() == [], "the password goes to no receiver with an unknown certificate"
            [certificate] = shown_certificates(config)
            accept_certificate(config, certificate)
            wait_until(lambda: node.counts().get(State.DELIVERED) == 2)
            assert [event["name"] for event in after.events()] == ["Line crossed"] * 2


@pytest.mark.parametrize(
    ("fields", "cameras"),
    [
        ({"camera_id": "1,2"}, ["1", "2"]),
        ({"camera_id": "1"}, ["1"]),
        ({"camera_id": 2}, ["2"]),
        ({"event_duration": "5"}, ["1", "2"]),
        ({"event_duration": None, "visualization": "", "cams": None}, ["1", "2"]),
        ({"event_description": ""}, ["1", "2"]),
        ({"camera_id": []}, [None]),
    ],
)
def test_every_form_of_lumeos_request_is_understood(
    fields: dict[str, Any], cameras: list[str | None], ours: Simulator
) -> None:
    status, answer = lumeo_sends(ours.receiver_port, **fields)
    assert (status, answer["ok"]) == (200, True)
    assert sorted({str(one["camera_id"]) for one in answer["results"]}) == [str(camera) for camera in cameras]


@pytest.mark.parametrize("login", [f":{TOKEN}", f"{TOKEN}:"])
def test_the_token_may_come_as_basic_login(login: str, ours: Simulator) -> None:
    status, _ = lumeo_sends(ours.receiver_port, f"Basic {base64.b64encode(login.encode()).decode()}")
    assert status == 200
    assert lumeo_sends(ours.receiver_port, "Bearer lumeo")[0] == 401


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Simulator(("1", "2"), token=TOKEN, home=tmp_path_factory.mktemp("securos")) as simulator:
        yield simulator
