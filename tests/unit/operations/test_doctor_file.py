"""What the doctor says of a file that does not start: every mistake, and what it is in the way of."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.doctor import Status
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.operations.doctor_file import missing_part_findings, mistake_findings
from securos_trigger.operations.service_report import ServiceReport, Verdict
from tests.unit.operations.site import write_site

STOPPED = ServiceReport(Verdict.NOT_RUNNING, (), {"is_running": False})
RUNNING = ServiceReport(Verdict.HEALTHY, (), {"is_running": True})
GOES_ON = "The service goes on; until then a reload is refused, and a restart would fail."
NODES = '[[pipelines.nodes]]\ntype = "detector"\nmodel = "gone.onnx"\n\n[[pipelines.nodes]]'


def test_a_file_that_run_takes_has_no_finding(tmp_path: Path) -> None:
    assert list(missing_part_findings(write_site(tmp_path), STOPPED)) == []


def test_a_model_that_is_not_there_says_what_it_is_in_the_way_of(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    config.write_text(config.read_text().replace("[[pipelines.nodes]]", NODES, 1))
    [stopped] = missing_part_findings(config, STOPPED)
    [running] = missing_part_findings(config, RUNNING)
    assert (stopped.status, stopped.subject) == (Status.FAILED, "file")
    assert stopped.text == running.text
    assert stopped.text.endswith(f"pipeline yard, node detector1, model: there is no file {tmp_path / 'gone.onnx'}")
    fix = "A relative path begins at the folder of the configuration file."
    assert stopped.fix == f"{fix} Until then `securos-trigger run CONFIG` does not start."
    assert running.fix == f"{fix} {GOES_ON}"


def test_each_mistake_is_a_line_and_the_last_says_that_nothing_more_is_examined() -> None:
    error = ConfigurationError([Mistake("line 2: outbox", "is wrong\n  ^"), Mistake("", "no file", "Write one.")])
    first, last = mistake_findings(error, RUNNING, is_alone=True)
    assert (first.text, last.text) == ("line 2: outbox: is wrong", "no file")
    assert first.fix == f"`securos-trigger check CONFIG` says how to fix it. {GOES_ON}"
    assert last.fix == f"Write one. {GOES_ON} This machine, the sources and the receivers are not examined."
    *_, last = mistake_findings(error, RUNNING)
    assert last.fix == f"Write one. {GOES_ON} What follows is examined with the settings in force."
