"""The overview reads the configuration again when its file was written, and not each second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.outbox_path import default_outbox_path
from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import Settings
from securos_trigger.operations import overview as module
from securos_trigger.operations import remembered
from securos_trigger.operations.overview import overview
from securos_trigger.operations.service_report import Verdict
from securos_trigger.operations.status import service_status

CONFIG = """
[outbox]
path = "outbox.sqlite"
[[pipelines]]
name = "{name}"
source = {{ type = "file", path = "yard.mp4" }}
"""

INPUT = """{ type = "ultralytics", listen = "127.0.0.1:0", token = "the token of a sender" }
cameras = { gate = "1", yard = "2,3" }
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "built_in"
iss_ip = "127.0.0.1"
iss_port = "3443"
iss_password = "the token of the receiver"
"""


def test_the_file_is_read_once_for_each_of_its_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []

    def counted(path: Path, **how: bool) -> Settings:
        reads.append(path)
        return read_config(path, **how)

    def names() -> list[Any]:
        return [one["name"] for one in overview(config, now=datetime.now(UTC))["pipelines"]]

    monkeypatch.setattr(remembered, "read_config", counted)
    config = tmp_path / "site.toml"
    config.write_text(CONFIG.format(name="yard"), encoding="utf-8")
    assert [names(), names()] == [["yard"], ["yard"]]
    assert len(reads) == 1
    config.write_text(CONFIG.format(name="the gate"), encoding="utf-8")
    assert [names(), names()] == [["the gate"], ["the gate"]]
    assert len(reads) == 2


def test_the_zone_of_the_machine_is_said(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(CONFIG.format(name="yard"), encoding="utf-8")
    at = datetime.fromisoformat("2026-11-24T14:03:00+05:30")
    assert overview(config, now=at)["zone"] == {"utc_offset_min": 330}


def test_a_file_with_mistakes_is_read_again_because_they_may_be_in_another_file(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(CONFIG.format(name=""), encoding="utf-8")
    first, second = (overview(config, now=datetime.now(UTC))["configuration"]["mistakes"] for _ in range(2))
    assert "site.toml" in first
    assert first == second


def test_a_node_of_an_input_has_the_cameras_of_its_camera_map(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    text = CONFIG.format(name="door").replace('{ type = "file", path = "yard.mp4" }', INPUT)
    config.write_text(text, encoding="utf-8")
    [door] = overview(config, now=datetime.now(UTC))["pipelines"]
    assert [(one["address"], one["camera_ids"]) for one in door["nodes"]] == [("door/alarm", ["1", "2", "3"])]


def test_each_camera_of_a_running_input_has_the_cameras_of_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "site.toml"
    text = CONFIG.format(name="door").replace('{ type = "file", path = "yard.mp4" }', INPUT)
    config.write_text(text, encoding="utf-8")
    stopped = service_status(config, now=datetime.now(UTC))
    nodes = [{"address": f"door/{camera}/alarm"} for camera in ("gate", "yard", "elsewhere")]
    running = replace(stopped, verdict=Verdict.HEALTHY, answer={"nodes": nodes})
    monkeypatch.setattr(module, "service_status", lambda *_, **__: running)
    [door] = overview(config, now=datetime.now(UTC))["pipelines"]
    assert {one["address"]: one["camera_ids"] for one in door["nodes"]} == {
        "door/gate/alarm": ["1"],
        "door/yard/alarm": ["2", "3"],
        "door/elsewhere/alarm": [],
    }


def test_a_file_without_an_outbox_of_its_own_is_said_to_share_that_of_the_user(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    text = CONFIG.format(name="yard")
    found = []
    for table in ("", '[outbox]\npath = "own.sqlite"\n'):
        config.write_text(table + text.replace('[outbox]\npath = "outbox.sqlite"\n', ""), encoding="utf-8")
        shown = overview(config, now=datetime.now(UTC))["configuration"]
        found.append((shown["outbox"], shown["has_own_outbox"]))
    assert found == [(str(default_outbox_path()), False), (str(tmp_path / "own.sqlite"), True)]
