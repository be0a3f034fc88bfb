"""The actor of a pipeline: what it says of its process, and that it ends it. It needs no Ray."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.placement import actor
from securos_trigger.placement.actor import PipelineActor
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.place import NODE_VARIABLE
from tests.unit.placement.short_process import SITE, ShortProcess, short_pauses, wait_for


def test_an_actor_says_its_assignment_its_machine_and_what_its_process_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "node-7")
    monkeypatch.setattr(actor, "PlacedProcess", lambda assignment, _node: ShortProcess(assignment, "runs", "ended"))
    short_pauses(monkeypatch)
    (tmp_path / "secret").write_text("s")
    assignment = Assignment("yard", SITE, str(tmp_path), "1")
    placed = PipelineActor(assignment)
    try:
        wait_for(lambda: placed.report()["state"] == "ended", placed.report)
        found = placed.report()
    finally:
        assert placed.stop()
    assert placed.report()["digest"] == "", "it was stopped, and is to be placed again"
    assert {name: found[name] for name in ("pipeline", "digest", "node", "starts", "exit_code", "reason")} == {
        "pipeline": "yard",
        "digest": assignment.digest,
        "node": "node-7",
        "starts": 2,
        "exit_code": 0,
        "reason": "",
    }


def test_another_text_folder_version_or_pipeline_is_another_assignment() -> None:
    made = [
        Assignment(*fields).digest
        for fields in (
            ("yard", "text", "/base", "1"),
            ("gate", "text", "/base", "1"),
            ("yard", "TEXT", "/base", "1"),
            ("yard", "text", "/elsewhere", "1"),
            ("yard", "text", "/base", "2"),
        )
    ]
    assert len(set(made)) == len(made)
