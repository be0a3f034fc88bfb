"""The process of a placed pipeline is started again, whatever ended it, until its source has come to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.placement import placed_process
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.placed_process import pause_after
from securos_trigger.placement.state_file import BAD_END
from tests.unit.placement.short_process import SITE, ShortProcess, short_pauses, wait_for


def process_in(base: Path, *states: str) -> ShortProcess:
    return ShortProcess(Assignment("yard", SITE, str(base), "0"), *states)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    short_pauses(monkeypatch)


def test_a_process_that_a_signal_ended_starts_again_and_one_at_the_end_of_its_source_does_not(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    process = process_in(tmp_path, "runs", "waits", "ended", "runs")
    process.start()
    try:
        wait_for(lambda: process.state()["state"] == "ended", process.state)
        found = process.state()
    finally:
        assert process.close()
    assert (found["starts"], found["exit_code"], found["reason"]) == (3, 0, "")
    assert process.states == ["runs"], "it was not started again"


def test_a_bad_end_of_its_source_is_no_reason_to_start_again_and_is_said(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    process = process_in(tmp_path, "runs 1", "ended 1", "runs")
    process.start()
    try:
        wait_for(lambda: process.state()["state"] == "ended", process.state)
        found = process.state()
    finally:
        assert process.close()
    assert (found["starts"], found["exit_code"], found["reason"]) == (2, 1, BAD_END)
    assert process.states == ["runs"], "it was not started again"


def test_a_configuration_that_cannot_be_read_yet_is_tried_again(tmp_path: Path) -> None:
    process = process_in(tmp_path, "ended")
    process.start()
    try:
        wait_for(lambda: process.state()["state"] == "fails", process.state)
        failed = process.state()
        (tmp_path / "secret").write_text("s")
        wait_for(lambda: process.state()["state"] == "ended", process.state)
    finally:
        assert process.close()
    assert failed["starts"] == 0
    assert "secret" in failed["reason"]
    assert process.state()["reason"] == ""


@pytest.mark.parametrize(
    ("ran_for_s", "before_s", "after_s"), [(0.0, 0.0, 1.0), (5.0, 1.0, 2.0), (5.0, 30.0, 30.0), (60.0, 30.0, 1.0)]
)
def test_the_pause_doubles_until_a_process_has_run_well(
    monkeypatch: pytest.MonkeyPatch, ran_for_s: float, before_s: float, after_s: float
) -> None:
    monkeypatch.setattr(placed_process, "FIRST_PAUSE_S", 1.0)
    assert pause_after(ran_for_s, before_s) == after_s
