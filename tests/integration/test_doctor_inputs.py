"""What the doctor says of inputs: the device answers, refuses the login, or is not there; the service has it already."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from aiohttp import web
from paho.mqtt.enums import CallbackAPIVersion

from securos_trigger.config.reader import parse_config
from securos_trigger.doctor import Status, examine_pipelines
from securos_trigger.doctor.pipelines import remarks_on
from tests.brokers import Mosquitto
from tests.unit.inputs.clients.devices import PASSWORD, USER, serving, with_digest

SITE = """\
[[pipelines]]
name = "gate"
source = {{ type = "{kind}", {where}, user = "{user}", password = "{password}" }}
cameras = {{ "*" = "1" }}
"""


@contextmanager
def device() -> Iterator[str]:
    """The address of a device whose stream stays open."""
    loop = asyncio.new_event_loop()
    is_ready, end = threading.Event(), asyncio.Event()
    found: list[str] = []

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await end.wait()
        return response

    async def run() -> None:
        async with serving(with_digest(stream)) as url:
            found.append(url)
            is_ready.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert is_ready.wait(30)
    yield found[0]
    loop.call_soon_threadsafe(end.set)
    thread.join(30)
    loop.close()


def examined(
    folder: Path,
    where: str,
    *,
    kind: str = "hikvision",
    password: str = PASSWORD,
    running: Sequence[Mapping[str, Any]] = (),
) -> list[tuple[Status, str]]:
    text = SITE.format(kind=kind, where=where, user=USER, password=password)
    return [(one.status, one.text) for one in examine_pipelines(parse_config(text, base=folder), running)]


def test_a_device_that_accepts_the_login_can_be_connected_and_one_that_refuses_it_is_named(tmp_path: Path) -> None:
    with device() as url:
        assert examined(tmp_path, f'url = "{url}"') == [(Status.OK, "gate: hikvision can be connected")]
        assert examined(tmp_path, f'url = "{url}"', password="wrong") == [
            (
                Status.FAILED,
                "gate: hikvision cannot be connected: the login is refused: the user or the password is wrong",
            )
        ]
    assert examined(tmp_path, f'url = "{url}"') == [
        (Status.FAILED, "gate: hikvision cannot be connected: no connection: Connection refused")
    ]


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    [(status, text)] = examined(tmp_path, 'broker = "mqtt://127.0.0.1:9"', kind="frigate")
    assert status is Status.FAILED
    assert text.startswith("gate: frigate cannot be connected: ")
    assert "refused" in text.lower()


def session_is_present(broker: Mosquitto, client_id: str) -> bool:
    """Whether the broker keeps a session of MQTT 3.1.1 for a client."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    flags: list[Any] = []
    client.on_connect = lambda _client, _data, found, *_rest: flags.append(found)
    client.connect("127.0.0.1", broker.port)
    while not flags:
        client.loop(1.0)
    client.disconnect()
    return bool(flags[0].session_present)


def test_the_doctor_leaves_no_session_at_a_broker_of_mqtt_3_1_1(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        where = f'broker = "{broker.url}", protocol = "3.1.1"'
        found = examined(tmp_path, where, kind="frigate")
        assert found == [(Status.OK, "gate: frigate can be connected")]
        assert not session_is_present(broker, f"securos-trigger-{socket.gethostname()}-gate-doctor")


def test_what_the_running_service_is_connected_to_is_not_connected_a_second_time(tmp_path: Path) -> None:
    running = {
        "name": "gate",
        "state": "running",
        "source": "hikvision",
        "last_frame_age_s": None,
        "frames_per_s": 0.0,
        "input": {"is_connected": True},
    }
    found = examined(tmp_path, 'url = "http://127.0.0.1:9"', running=[running])
    assert found == [(Status.OK, "gate: the running service is connected to hikvision")]


def test_what_the_running_service_has_lost_is_tried_although_its_lanes_get_frames(tmp_path: Path) -> None:
    """While a thing is present its camera gets a frame each second, also while the broker is gone."""
    running = {
        "name": "gate",
        "state": "running",
        "source": "frigate",
        "last_frame_age_s": 0.4,
        "frames_per_s": 1.0,
        "input": {"is_connected": False},
    }
    [(status, text)] = examined(tmp_path, 'broker = "mqtt://127.0.0.1:9"', kind="frigate", running=[running])
    assert status is Status.FAILED
    assert text.startswith("gate: frigate cannot be connected: ")


def test_what_the_running_service_has_seen_of_an_input_is_remarked_on() -> None:
    seen = {"is_connected": True, "unknown_cameras": {"attic": 2, "cellar": 1}, "qos_0": 7}
    assert [(one.status, one.text) for one in remarks_on("site", seen)] == [
        (Status.WARNING, "site: not in the camera map: attic, cellar"),
        (Status.WARNING, "site: 7 of its last messages came with QoS 0: in an outage such messages are lost"),
    ]
    assert list(remarks_on("site", {"is_connected": True, "unknown_cameras": {}, "qos_0": 0})) == []
