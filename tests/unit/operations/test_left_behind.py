"""What `status` and `doctor` say of a service that does not run: whether events wait, and whether it was killed."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from securos_trigger.cli.status_text import text_of
from securos_trigger.doctor import Status
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor_service import service_findings
from securos_trigger.operations.left_behind import left_behind_text, with_left_behind
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import clock
from securos_trigger.outbox import Outbox
from securos_trigger.runtime.control.sockets import socket_path
from tests import builders

NOT_RUNNING = ServiceReport(Verdict.NOT_RUNNING, (), {"is_running": False, "reason": "securos-trigger is not running."})


def left(path: Path, count: int) -> ServiceReport:
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        for _ in range(count):
            assert outbox.put(builders.event("1", captured_at=datetime.now(UTC)), "https://vms.example:3443")
    return with_left_behind(NOT_RUNNING, path)


def test_events_that_wait_for_a_service_that_does_not_run_are_a_failure(tmp_path: Path) -> None:
    report = left(tmp_path / "outbox.sqlite", 3)
    now = datetime.fromisoformat(report.answer["oldest_at"]) + timedelta(minutes=2)
    assert left_behind_text(report.answer, now) == "3 events wait in the outbox, the oldest for 2 min."
    assert "3 events wait in the outbox" in text_of(report, now)
    (found,) = service_findings(report, "yard.toml")
    assert (found.status, found.subject) == (Status.FAILED, "service")
    assert found.text.startswith("does not run. 3 events wait in the outbox, the oldest for ")
    assert found.fix.startswith("`securos-trigger run yard.toml` starts it.")


def test_a_service_that_was_killed_has_failed_also_when_nothing_waits(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    assert left(path, 0).answer["was_killed"] is False
    socket_path(path).touch()
    os.utime(socket_path(path), (1_000_000_000, 1_000_000_000))
    began = clock("2001-09-09T01:46:40Z", datetime.now().astimezone())
    (found,) = service_findings(left(path, 0))
    killed = f"The service that started at {began} was not stopped: it was killed, or the machine went down"
    assert (found.status, found.text) == (Status.FAILED, f"does not run. {killed}")
    path.with_name("outbox.ledger.jsonl").touch()
    os.utime(path.with_name("outbox.ledger.jsonl"), (1_000_086_400, 1_000_086_400))
    ended = clock("2001-09-10T01:46:40Z", datetime.now().astimezone())
    (found,) = service_findings(left(path, 0))
    assert found.text == f"does not run. {killed}, after its last decision at {ended}"


def test_before_the_first_start_and_after_a_stop_nothing_is_wrong(tmp_path: Path) -> None:
    for report in (with_left_behind(NOT_RUNNING, tmp_path / "none.sqlite"), left(tmp_path / "outbox.sqlite", 0)):
        assert left_behind_text(report.answer, datetime.now(UTC)) == ""
        assert [found.status for found in service_findings(report)] == [Status.OK]


def test_an_outbox_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(b"this is no outbox" * 400)
    answer = with_left_behind(NOT_RUNNING, path).answer
    assert answer["waiting"] == 0
    assert str(path) in left_behind_text(answer, datetime.now(UTC))
