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

import pytest

from securos_trigger import running
from securos_trigger.outbox import State
from securos_trigger.places import node_program
from tests.e2e.conftest import wait_until

SOURCE = Path(__file__).parent / "express"
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
def express(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Express]:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is needed to install express")
    folder = tmp_path_factory.mktemp("express")
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error"]
    subprocess.run([npm, "install", *quiet], cwd=folder, check=True, timeout=110, capture_output=True)
    process = subprocess.Popen(
        [node_program(), "server.js"],
        cwd=folder,
        env={**os.environ, "AUTH_TOKEN": "field-token"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield Express(json.loads(process.stdout.readline())["port"], process)
    finally:
        process.stdin.close()
        process.wait(10)
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
