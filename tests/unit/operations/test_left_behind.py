"""What `status` and `doctor` say of a service that does not run: whether events wait, and whether it was killed."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger.cli.status_text import text_of
from securos_trigger.doctor import Status
from securos_trigger.ledger import RunNote
from securos_trigger.ledger.lines import line_of
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor_service import service_findings
from securos_trigger.operations.left_behind import left_behind_text, with_left_behind
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import clock
from securos_trigger.outbox import Outbox
from securos_trigger.runtime.control.sockets import socket_path
from tests import builders

NOT_RUNNING = ServiceReport(Verdict.NOT_RUNNING, (), {"is_running": False, "reason": "securos-trigger is not running."})
DOES_NOT_RUN = "does not run, so nothing is watched or sent"


def left(path: Path, count: int) -> ServiceReport:
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        for _ in range(count):
            assert outbox.put(builders.event("1", captured_at=datetime.now(UTC)), "https://vms.example:3443")
    return with_left_behind(NOT_RUNNING, path, path.with_name("yard.toml"))


def test_events_that_wait_for_a_service_that_does_not_run_are_a_failure(tmp_path: Path) -> None:
    report = left(tmp_path / "outbox.sqlite", 3)
    now = datetime.fromisoformat(report.answer["oldest_at"]) + timedelta(minutes=2)
    assert left_behind_text(report.answer, now) == "3 events wait in the outbox, the oldest for 2 min."
    assert "3 events wait in the outbox" in text_of(report, now)
    (found,) = service_findings(report, "yard.toml")
    assert (found.status, found.subject) == (Status.FAILED, "service")
    assert found.text.startswith(f"{DOES_NOT_RUN}. 3 events wait in the outbox, the oldest for ")
    assert found.fix.startswith("`securos-trigger run yard.toml` starts it.")


def test_a_service_that_was_killed_has_failed_also_when_nothing_waits(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    assert left(path, 0).answer["was_killed"] is False
    socket_path(path).touch()
    os.utime(socket_path(path), (1_000_000_000, 1_000_000_000))
    began = clock("2001-09-09T01:46:40Z", datetime.now().astimezone())
    (found,) = service_findings(left(path, 0))
    killed = f"The service that started at {began} was not stopped: it was killed, or the machine went down"
    assert (found.status, found.text) == (Status.FAILED, f"{DOES_NOT_RUN}. {killed}")
    path.with_name("outbox.ledger.jsonl").touch()
    os.utime(path.with_name("outbox.ledger.jsonl"), (1_000_086_400, 1_000_086_400))
    ended = clock("2001-09-10T01:46:40Z", datetime.now().astimezone())
    (found,) = service_findings(left(path, 0))
    assert found.text == f"{DOES_NOT_RUN}. {killed}, after its last decision at {ended}"


def test_before_the_first_start_nothing_is_wrong(tmp_path: Path) -> None:
    report = with_left_behind(NOT_RUNNING, tmp_path / "none.sqlite", tmp_path / "yard.toml")
    assert left_behind_text(report.answer, datetime.now(UTC)) == ""
    (found,) = service_findings(report)
    assert (found.status, found.text) == (Status.OK, "was not started yet, so nothing is watched or sent")


@pytest.mark.parametrize(
    ("is_finished", "said"),
    [
        (False, "It was stopped at 12:47:36, 5 min ago."),
        (True, "It ended at 12:47:36, 5 min ago: its sources had come to their end."),
    ],
)
def test_after_an_end_in_order_it_is_said_when_that_was_and_that_nothing_is_sent(
    tmp_path: Path, is_finished: bool, said: str
) -> None:
    ended_at = datetime(2026, 3, 2, 12, 47, 36, tzinfo=UTC)
    lines = (RunNote(ended_at.timestamp() - 60), RunNote(ended_at.timestamp(), is_end=True, is_finished=is_finished))
    (tmp_path / "outbox.ledger.jsonl").write_bytes(b"".join(map(line_of, lines)))
    report, now = left(tmp_path / "outbox.sqlite", 0), ended_at + timedelta(minutes=5)
    assert said in " ".join(text_of(report, now).split())
    (found,) = service_findings(report)
    how = "ended" if is_finished else "was stopped"
    assert (found.status, found.text.partition(" at ")[0]) == (Status.WARNING, f"{DOES_NOT_RUN}. It {how}")


def test_a_run_before_with_another_file_is_said_to_be_that_file_s(tmp_path: Path) -> None:
    ended_at = datetime(2026, 3, 2, 12, 47, 36, tzinfo=UTC)
    ledger, other = tmp_path / "outbox.ledger.jsonl", str(tmp_path / "gate.toml")
    now = ended_at + timedelta(minutes=5)
    for name in ("gate", "yard"):
        (tmp_path / f"{name}.toml").write_text(f"# {name}\n")
    ledger.write_bytes(line_of(RunNote(ended_at.timestamp(), is_end=True, configuration=other)))
    report = left(tmp_path / "outbox.sqlite", 0)
    assert left_behind_text(report.answer, now) == (
        f"Another file, {other}, ran with this outbox until 12:47:36, 5 min ago."
    )
    ledger.write_bytes(line_of(RunNote(ended_at.timestamp(), is_end=True, configuration=str(tmp_path / "yard.toml"))))
    own = left(tmp_path / "outbox.sqlite", 0)
    assert ("ran_with" in own.answer, left_behind_text(own.answer, now)) == (
        False,
        "It was stopped at 12:47:36, 5 min ago.",
    )
    socket_path(tmp_path / "outbox.sqlite").touch()
    ledger.write_bytes(line_of(RunNote(ended_at.timestamp(), configuration=other)))
    killed = left_behind_text(left(tmp_path / "outbox.sqlite", 0).answer, now)
    assert killed.startswith(f"The service of another file, {other}, that started at "), killed


@pytest.mark.parametrize("last", [b"", b"torn", line_of(RunNote(1_000_000_000.0))])
def test_without_a_line_of_the_end_no_time_is_said(tmp_path: Path, last: bytes) -> None:
    (tmp_path / "outbox.ledger.jsonl").write_bytes(last)
    (found,) = service_findings(left(tmp_path / "outbox.sqlite", 0))
    assert (found.status, found.text) == (Status.WARNING, DOES_NOT_RUN)


def test_an_outbox_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(b"this is no outbox" * 400)
    answer = with_left_behind(NOT_RUNNING, path, tmp_path / "yard.toml").answer
    assert answer["waiting"] == 0
    assert str(path) in left_behind_text(answer, datetime.now(UTC))
