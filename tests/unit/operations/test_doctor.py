"""The doctor's examination as a value: its sections, its counts, and what is reported while it runs."""

from __future__ import annotations

import shlex
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.doctor import Finding, Status, examine_machine
from securos_trigger.errors import OutboxError
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor import counts_while, examine, nodes_by_target
from securos_trigger.operations.doctor_service import service_findings
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.service_troubles import troubles_of
from securos_trigger.operations.trouble import Trouble, commands_for
from securos_trigger.outbox import Outbox
from tests.unit.operations.site import write_site


def test_service_machine_sources_and_receivers_are_examined_and_reported_in_order(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    lines: list[str | Finding] = []
    examination = examine(write_site(tmp_path, host="127.0.0.1", port=port), on_line=lines.append)
    service, machine, sources, receiver = examination.sections
    assert [section.subject for section in examination.sections] == [
        "the running service", "this machine", "sources and models", f"https://127.0.0.1:{port}",
    ]  # fmt: skip
    assert [str(finding).strip() for finding in service.findings] == [
        "ok       service      was not started yet, so nothing is watched or sent"
    ]
    [source] = sources.findings
    assert (source.status, source.text) == (
        Status.FAILED,
        f"yard gives no frame: The video {tmp_path / 'yard.avi'} cannot be read: No such file or directory",
    )
    assert [finding.subject for finding in receiver.findings] == ["name", "port"]
    assert receiver.findings[-1].status is Status.FAILED
    assert examination.has_failed
    assert examination.counts[Status.FAILED] == 2
    assert lines == [line for section in examination.sections for line in (section.subject, *section.findings)]
    assert machine.findings


def test_a_correction_takes_effect_with_run_where_no_service_runs(tmp_path: Path) -> None:
    config = write_site(tmp_path, trigger="enabled = false")
    [fix] = [one.fix for one in examine(config).sections[1].findings if "To switch it on" in one.fix]
    assert fix.endswith(f"then `securos-trigger run {config}`.")


def test_a_path_with_the_word_config_stands_in_commands_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my CONFIG x"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = write_site(folder, host="127.0.0.1", port=taken.getsockname()[1])
    changes = [{"setting": "pipeline yard, node alarm, interval", "in_force": "1", "in_file": "5"}]
    troubles = tuple(commands_for(config, [Trouble("It fails.", "`securos-trigger reload CONFIG`", True)]))
    found = replace(report(configuration={"changes": changes}, pipelines=["yard"]), troubles=troubles)
    monkeypatch.setattr("securos_trigger.operations.doctor.service_status", lambda _config, now: found)
    monkeypatch.setattr(
        "securos_trigger.operations.doctor.examine_pipelines", lambda _settings, _running, is_running: ()
    )
    command = f"`securos-trigger reload {shlex.quote(str(config))}`"
    _, trouble, change = examine(config).sections[0].findings
    assert trouble.fix == command
    assert change.fix.startswith(f"{command} puts the file in force.")


def report(**changed: Any) -> ServiceReport:
    answer = {
        "is_running": True,
        "pid": 4711,
        "version": "0.2.0",
        "started_at": "2026-03-02T01:00:00.250Z",
        "configuration": {"changes": []},
    }
    return ServiceReport(Verdict.HEALTHY, (), {**answer, **changed})


def test_the_service_says_since_when_it_runs_and_what_troubles_it() -> None:
    troubles = (Trouble("LOSING EVENTS", "Free some space.", True), Trouble("Dead letters: 3", "", False))
    findings = list(service_findings(replace(report(), troubles=troubles)))
    assert [(finding.status, finding.text, finding.fix) for finding in findings] == [
        (Status.OK, "runs since 2026-03-02 01:00:00 UTC, version 0.2.0, process 4711", ""),
        (Status.FAILED, "LOSING EVENTS", "Free some space."),
        (Status.WARNING, "Dead letters: 3", ""),
    ]


def test_what_has_lines_of_its_own_is_not_repeated_for_the_service() -> None:
    """Muted nodes, dead letters and changed settings: the doctor examines each itself."""
    muted = {"address": "yard/alarm", "muted_until": "2026-03-02T05:00:00.000Z"}
    changes = [{"setting": "pipeline yard, node alarm, interval", "in_force": "1", "in_file": "5"}]
    answer = {
        **report().answer,
        "losses": {"count": 0, "is_losing": False},
        "targets": (),
        "pipelines": (),
        "threads": (),
        "nodes": [muted],
        "outbox": {"counts": {"dead": 3}, "is_failing": False},
        "configuration": {"mistakes": [], "changes": changes},
    }
    troubles = tuple(troubles_of(answer, datetime(2026, 3, 2, 3, tzinfo=UTC)))
    assert len(troubles) == 3

    findings = list(service_findings(ServiceReport(Verdict.HEALTHY, troubles, answer)))

    assert [finding.subject for finding in findings] == ["service", "in force"]


def test_an_old_password_in_force_fails_and_another_old_setting_is_a_warning() -> None:
    changes = [
        {"setting": "pipeline yard, node alarm, iss_password", "in_force": "***", "in_file": "***"},
        {"setting": "pipeline yard, node alarm, interval", "in_force": "1", "in_file": "5"},
    ]
    _, password, interval = service_findings(report(configuration={"changes": changes}))
    assert (password.status, password.text) == (
        Status.FAILED,
        "pipeline yard, node alarm, iss_password: the service still uses another one than the file has",
    )
    assert (interval.status, interval.text) == (
        Status.WARNING,
        "pipeline yard, node alarm, interval: the service still uses 1, the file has 5",
    )


def test_nodes_of_one_receiver_are_examined_together(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    text = config.read_text()
    node = text[text.index("[[pipelines.nodes]]") :]
    config.write_text(
        text + node.replace('"alarm"', '"gate"') + node.replace('"alarm"', '"other"').replace("3443", "3444")
    )
    found = nodes_by_target(read_config(config))
    assert {target: [node.label for node in nodes] for target, nodes in found.items()} == {
        Target("https", "vms.example", 3443): ["pipeline yard, node alarm", "pipeline yard, node gate"],
        Target("https", "vms.example", 3444): ["pipeline yard, node other"],
    }


def test_an_outbox_that_takes_no_events_is_not_said_to_work(tmp_path: Path) -> None:
    failing = {"outbox": {"is_failing": True, "reason": "the disk is full"}}
    with pytest.raises(OutboxError, match=r"outbox\.sqlite takes no events: the disk is full"):
        counts_while(failing)(tmp_path / "outbox.sqlite")
    Outbox(tmp_path / "outbox.sqlite", announcer=Announcer()).close()
    for answer in ({"is_running": False}, {"outbox": {"is_failing": False, "reason": ""}}):
        assert counts_while(answer)(tmp_path / "outbox.sqlite")["dead"] == 0


def test_an_outbox_that_takes_no_events_comes_with_what_to_do(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    settings = read_config(config)
    Outbox(settings.outbox.path, announcer=Announcer()).close()
    failing = {"outbox": {"is_failing": True, "reason": "the disk is full"}}
    [found] = [one for one in examine_machine(config, settings, counts_while(failing)) if one.subject == "outbox"]
    assert found.text.endswith("takes no events: the disk is full")
    assert found.fix.startswith(f"Look at the disk of {settings.outbox.path}: ")
