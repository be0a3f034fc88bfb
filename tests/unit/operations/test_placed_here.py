"""What the overview says of pipelines that were placed on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.operations.overview import overview
from securos_trigger.operations.placed_here import placed_here
from securos_trigger.placement.place import NODE_VARIABLE, place_of
from securos_trigger.placement.state_file import LONG_START, STARTS
from securos_trigger.system.process_identity import process_identity

SITE = """
[outbox]
path = "outbox.sqlite"
[relay]
servers = ["nats://127.0.0.1:4222"]
gateway = "site"
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
"""


def written(folder: Path, state: str, pid: int, **more: object) -> Path:
    """A site whose pipeline was placed here, by a process of this id."""
    config = folder / "site.toml"
    config.write_text(SITE, encoding="utf-8")
    place = place_of(read_config(config, has_secrets=False), "yard", "gpu-1")
    place.folder.mkdir(parents=True)
    since = "2026-11-27T12:00:00.000Z"
    (place.folder / "state.json").write_text(
        json.dumps({"state": state, "since": since, "at_s": 0.0, "pid": pid} | more)
    )
    return config


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("state", "is_alive", "expected"),
    [
        ("runs", True, "runs"),
        ("waits", True, "waits"),
        ("runs", False, "stopped"),
        ("ended", False, "ended"),
    ],
)
def test_the_overview_says_what_the_process_of_a_placed_pipeline_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, is_alive: bool, expected: str
) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "gpu-1")
    config = written(tmp_path, state, os.getpid() if is_alive else ended_process())
    [pipeline] = overview(config, now=datetime.now(UTC))["pipelines"]
    trouble = pipeline["placed"].pop("trouble")
    assert pipeline["placed"] == {"node": "gpu-1", "state": expected, "since": "2026-11-27T12:00:00.000Z"}
    assert trouble.startswith("its process does not answer: ") == (expected == "runs"), "it is here, and has no socket"
    assert pipeline["needs_person"] == bool(trouble)


@pytest.mark.parametrize(("for_s", "is_red"), [(10.0, False), (70.0, True)])
def test_a_start_turns_its_card_red_after_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, for_s: float, is_red: bool
) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "gpu-1")
    config = written(tmp_path, STARTS, os.getpid(), starting_since_s=time.time() - for_s)
    [pipeline] = overview(config, now=datetime.now(UTC))["pipelines"]
    assert (pipeline["placed"]["state"], pipeline["placed"]["trouble"]) == (STARTS, LONG_START if is_red else "")
    assert pipeline["needs_person"] == is_red


def test_a_pipeline_that_ray_has_moved_away_turns_no_card_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "gpu-1")
    config = written(tmp_path, "runs", ended_process())
    config.write_text(SITE + '[placement]\nray_address = "192.0.2.1:6379"\ntoken_file = "token"\n', encoding="utf-8")
    [pipeline] = overview(config, now=datetime.now(UTC))["pipelines"]
    assert (pipeline["placed"]["state"], pipeline["needs_person"]) == ("away", False)


def test_a_process_of_this_machine_under_another_name_is_found_and_one_of_another_machine_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "gpu-2")
    config = written(tmp_path, STARTS, os.getpid(), process=process_identity(os.getpid()))
    settings = read_config(config, has_secrets=False)
    folder = place_of(settings, "yard", "gpu-1").folder
    assert placed_here(settings, "yard", config, now=datetime.now(UTC)) is None, "nothing says whose it is"
    place_of(settings, "yard", "gpu-1").owner()
    found = placed_here(settings, "yard", config, now=datetime.now(UTC))
    assert found is not None
    assert (found.node, found.state) == ("gpu-1", STARTS)
    (folder / "state.json").write_text(json.dumps({"state": STARTS, "pid": os.getpid(), "process": "elsewhere 17"}))
    assert placed_here(settings, "yard", config, now=datetime.now(UTC)) is None


@pytest.mark.parametrize(("process", "expected"), [("", "runs"), ("an earlier boot 17", "stopped")])
def test_another_process_that_has_the_id_since_a_boot_is_not_that_of_the_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: str, expected: str
) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "gpu-1")
    config = written(tmp_path, "runs", os.getpid(), process=process)
    [pipeline] = overview(config, now=datetime.now(UTC))["pipelines"]
    assert pipeline["placed"]["state"] == expected


def test_a_pipeline_that_was_placed_on_another_machine_alone_is_not_placed_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "gpu-2")
    config = written(tmp_path, "runs", os.getpid())
    [pipeline] = overview(config, now=datetime.now(UTC))["pipelines"]
    assert pipeline["placed"] is None
