"""What the overview says of pipelines that were placed on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.operations.overview import overview
from securos_trigger.placement.place import NODE_VARIABLE, place_of

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


def written(folder: Path, state: str, pid: int, **more: str) -> Path:
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
