"""A Frigate story from the broker to SecurOS: mosquitto, the running service, the real receiver."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.brokers import Mosquitto, Publisher, require_program
from tests.e2e.conftest import wait_until
from tests.service_answers import status_of

CONFIG = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "{broker}", detect_size = [1280, 720] }}
cameras = {{ gate = "1", yard = "2" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "{port}"
iss_scheme = "{scheme}"
iss_password = "{token}"
{more}
"""


def frigate_object(
    number: int, camera: str = "gate", kind: str = "new", *, zones: tuple[str, ...] = (), age_s: float = 0.0
) -> str:
    """A message of `frigate/events`."""
    now = time.time() - age_s
    after = {
        "id": f"{now - 1:.0f}.{number}-abc",
        "camera": camera,
        "label": "person",
        "frame_time": now,
        "start_time": now - 0.5,
        "end_time": now if kind == "end" else None,
        "score": 0.9,
        "top_score": 0.9,
        "box": [100, 200, 180, 400],
        "current_zones": list(zones),
        "entered_zones": list(zones),
        "false_positive": False,
        "stationary": False,
        "position_changes": 1,
    }
    after["id"] = f"1777885950.{number}-abc"
    return json.dumps({"type": kind, "before": after, "after": after})


@contextmanager
def service(folder: Path, broker: Mosquitto, simulator: Simulator, more: str) -> Iterator[commands.Command]:
    settings = simulator.settings()
    text = CONFIG.format(
        broker=broker.url,
        port=settings["iss_port"],
        scheme=settings["iss_scheme"],
        token=settings["iss_password"],
        more=more,
    )
    (folder / "site.toml").write_text(text)
    with (
        (folder / "log.txt").open("a") as log,
        commands.start("run", "site.toml", cwd=folder, stderr=log, start_new_session=True) as process,
    ):
        try:
            wait_until(lambda: is_connected(folder))
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)


def status(folder: Path) -> dict[str, Any]:
    return status_of(folder / "outbox.sqlite")


def is_connected(folder: Path) -> bool:
    """The service has started, and has its session at the broker."""
    answer = status(folder)
    pipelines = [] if answer.get("is_starting") else answer.get("pipelines") or []
    return any((one.get("input") or {}).get("is_connected") for one in pipelines)


@pytest.mark.timeout(180)
def test_an_object_of_frigate_becomes_one_event_of_its_camera(simulator: Simulator, tmp_path: Path) -> None:
    recorder = '[[pipelines.nodes]]\ntype = "metadata_recorder"\npath = "seen.jsonl"'
    more = f'event_source = "built_in"\n{recorder}'
    with Mosquitto(tmp_path) as broker, service(tmp_path, broker, simulator, more):
        with Publisher(broker) as frigate:
            frigate.send("frigate/events", frigate_object(1, "gate"))
            frigate.send("frigate/events", frigate_object(1, "gate", "update", zones=("fence",)))
            frigate.send("frigate/events", frigate_object(2, "yard"))
            frigate.send("frigate/events", frigate_object(3, "attic"))  # not in the camera map
            frigate.send("frigate/events", frigate_object(1, "gate", "end"))
            frigate.send("frigate/events", b"{ no json")
        wait_until(lambda: len(simulator.events()) >= 2)
        time.sleep(0.5)
        # Cameras are delivered side by side: only the order of one camera is kept.
        assert sorted((one["id"], one["name"], one["description"]) for one in simulator.events()) == [
            ("1", "person", "person at gate"),
            ("2", "person", "person at yard"),
        ]
        nodes = {one["address"]: one["kept"] for one in status(tmp_path)["nodes"]}
        assert nodes == {"site/gate/alarm": 1, "site/yard/alarm": 1}
    log = (tmp_path / "log.txt").read_text()
    assert "camera_unknown" in log and "attic" in log
    assert "message_malformed" in log
    done = commands.run("replay", "seen.jsonl", "site.toml", "--json", "decided.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    decided = (tmp_path / "decided.json").read_text()
    assert "person at gate" in decided and "person at yard" in decided


@pytest.mark.timeout(180)
def test_the_first_message_of_the_page_becomes_an_event(simulator: Simulator, tmp_path: Path) -> None:
    page = Path("docs/inputs/frigate.md").read_text()
    command = page.partition("```\nNOW=")[2].partition("```")[0]
    program = require_program("mosquitto_pub", "mosquitto-clients")
    with Mosquitto(tmp_path) as broker, service(tmp_path, broker, simulator, 'event_source = "built_in"'):
        typed = f"NOW={command}".replace("mosquitto_pub -h broker", f"{program} -h 127.0.0.1 -p {broker.port}")
        subprocess.run(["sh", "-c", typed], check=True, timeout=60)
        wait_until(lambda: len(simulator.events()) == 1)
    assert [(one["id"], one["name"], one["description"]) for one in simulator.events()] == [
        ("1", "person", "person at gate")
    ]


@pytest.mark.timeout(180)
def test_a_camera_that_a_reload_adds_fires_and_what_was_known_before_fires_not_again(
    simulator: Simulator, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path) as broker, service(tmp_path, broker, simulator, 'event_source = "built_in"'):
        with Publisher(broker) as frigate:
            frigate.send("frigate/events", frigate_object(1, "gate"))
            wait_until(lambda: len(simulator.events()) == 1)
            config = tmp_path / "site.toml"
            config.write_text(config.read_text().replace('yard = "2" }', 'yard = "2", attic = "2" }'))
            done = commands.run("reload", "site.toml", cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            wait_until(lambda: is_connected(tmp_path))
            frigate.send("frigate/events", frigate_object(1, "gate"))  # said once more
            frigate.send("frigate/events", frigate_object(3, "attic"))
        wait_until(lambda: len(simulator.events()) >= 2)
        nodes = {one["address"]: one["kept"] for one in status(tmp_path)["nodes"]}
        assert sorted(nodes) == ["site/attic/alarm", "site/gate/alarm", "site/yard/alarm"]
    assert [one["description"] for one in simulator.events()] == ["person at gate", "person at attic"]
