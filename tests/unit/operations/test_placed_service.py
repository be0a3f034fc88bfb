"""What the state of a service is whose pipelines are placed, by what their processes have written on this machine."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.cli import placed_text
from securos_trigger.config.reader import read_config
from securos_trigger.operations.placed_service import placed_findings, with_placed
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.placement.place import NODE_VARIABLE, place_of
from tests.unit.operations.test_placed_here import SITE, ended_process

NOW = datetime(2026, 11, 28, 12, 1, tzinfo=UTC)
NONE = ServiceReport(Verdict.NOT_RUNNING, (), {"is_running": False, "reason": "No process has the outbox."})


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(NODE_VARIABLE, "gpu-1")
    file = tmp_path / "site.toml"
    file.write_text(SITE + '[[pipelines]]\nname = "gate"\nsource = { type = "file", path = "gate.mp4" }\n')
    return file


def write(config: Path, pipeline: str, state: str, *, is_alive: bool = True, for_s: float = 5.0) -> None:
    folder = place_of(read_config(config, has_secrets=False), pipeline, "gpu-1").folder
    folder.mkdir(parents=True)
    times = {"since": "2026-11-28T12:00:00.000Z", "at_s": time.time(), "starting_since_s": time.time() - for_s}
    pid = os.getpid() if is_alive else ended_process()
    (folder / "state.json").write_text(json.dumps({"state": state, "pid": pid, **times}))


@pytest.mark.parametrize(
    ("state", "is_alive", "for_s", "verdict", "finding"),
    [
        ("waits", True, 5.0, Verdict.HEALTHY, "ok"),
        ("ended", False, 5.0, Verdict.HEALTHY, "ok"),
        ("starts", True, 5.0, Verdict.STARTING, "warning"),
        ("starts", True, 61.0, Verdict.TROUBLE, "failed"),
        ("waits", False, 5.0, Verdict.NOT_RUNNING, "failed"),
        ("runs", True, 5.0, Verdict.TROUBLE, "failed"),  # it does not answer
    ],
)
def test_the_verdict_is_that_of_the_processes_on_this_machine(
    config: Path, state: str, is_alive: bool, for_s: float, verdict: Verdict, finding: str
) -> None:
    write(config, "yard", state, is_alive=is_alive, for_s=for_s)
    found = with_placed(NONE, config, now=NOW)
    assert found.verdict == verdict
    assert found.answer["is_running"] == is_alive
    assert [one["pipeline"] for one in found.answer["placed"]] == ["yard"]
    assert max((str(one.status) for one in placed_findings(found)), key=(["ok", "warning", "failed"]).index) == finding
    text = placed_text.text_of(found, NOW, "site.toml")
    assert "`securos-trigger cluster status site.toml`" in text
    assert text.startswith("healthy\n") == (verdict == Verdict.HEALTHY)
    assert all(len(line) < 80 or "/" in line for line in text.splitlines()), "but for a long path"
    assert all(one.text.startswith("yard") for one in found.troubles)


def test_one_that_was_stopped_beside_one_that_waits_needs_a_person(config: Path) -> None:
    write(config, "yard", "runs", is_alive=False)
    write(config, "gate", "waits")
    found = with_placed(NONE, config, now=NOW)
    assert (found.verdict, [one.text.split()[0] for one in found.troubles]) == (Verdict.TROUBLE, ["yard"])


def test_where_none_was_placed_or_a_service_runs_the_report_stays_as_it_is(config: Path) -> None:
    assert with_placed(NONE, config, now=NOW) is NONE
    write(config, "yard", "waits")
    running = ServiceReport(Verdict.HEALTHY, (), {"is_running": True})
    assert with_placed(running, config, now=NOW) is running
    config.write_text("[relay")
    assert with_placed(NONE, config, now=NOW) is NONE
