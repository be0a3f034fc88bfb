"""What `status` says of a service that does not run, with a file that `run` refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.cli.status_text import text_of
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.startable import with_file_trouble
from tests.unit.operations.site import write_site

REASON = "securos-trigger is not running."
NOT_RUNNING = ServiceReport(Verdict.NOT_RUNNING, (), {"is_running": False, "reason": REASON})
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def said(config: Path, report: ServiceReport = NOT_RUNNING) -> str:
    return " ".join(text_of(with_file_trouble(report, config), NOW, "site.toml").replace("\\\n", "").split())


@pytest.mark.parametrize(
    ("node", "mistake"),
    [
        ('type = "detector"\nmodel = "gone.onnx"', "gone.onnx. A service cannot"),
        ('type = "detektor"', 'type: there is no type "detektor"'),
    ],
)
def test_what_is_wrong_with_the_file_is_said_before_the_command_that_starts_it(
    tmp_path: Path, node: str, mistake: str
) -> None:
    config = write_site(tmp_path)
    config.write_text(
        config.read_text().replace("[[pipelines.nodes]]", f"[[pipelines.nodes]]\n{node}\n[[pipelines.nodes]]")
    )
    text = said(config)
    assert text.startswith("! The configuration file has a mistake, line ")
    assert mistake in text
    fix = f"A service cannot start with it -> Fix the file: `securos-trigger check {config}` says how. ! {REASON}"
    assert f"{fix} -> Then `securos-trigger run site.toml` starts it." in text


def test_a_file_that_run_takes_is_not_said(tmp_path: Path) -> None:
    """Also where its password is in a variable, which is set for the service alone."""
    (tmp_path / "yard.avi").touch()
    config = write_site(tmp_path, password='{ env = "SET_FOR_THE_SERVICE_ALONE" }')
    assert said(config).startswith(f"! {REASON} -> `securos-trigger run site.toml` starts it.")


def test_a_service_that_runs_says_itself_what_is_wrong(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    config.write_text("[[pipelines")
    running = ServiceReport(Verdict.HEALTHY, (), {"is_running": True})
    assert with_file_trouble(running, config) is running


@pytest.mark.parametrize("text", ["", '[outbox]\npath = "events.sqlite"\n'])
def test_a_file_without_a_pipeline_is_how_a_site_begins_and_no_mistake(tmp_path: Path, text: str) -> None:
    config = tmp_path / "site.toml"
    config.write_text(text)
    shown = said(config)
    assert shown.startswith("- The configuration file has no pipeline yet. Without --console a service cannot start")
    assert f"-> `securos-trigger run {config} --console` starts it: draw the first pipeline there." in shown
    assert "mistake" not in shown
    config.write_text(f"{text}\n[outbocks]\n")
    assert "! The configuration file has a mistake" in said(config)
