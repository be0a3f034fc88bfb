"""The audit log."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from securos_trigger.console import audit_log
from securos_trigger.console.audit_log import PAGE, AuditLog
from securos_trigger.errors import ConsoleError


def test_entries_come_back_the_newest_first_page_by_page(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.page() == ([], None)
    for number in range(PAGE + 20):
        log.write("anna", "operate", "127.0.0.1", "mute", f"node {number}", {"for": "2h"})
    log.write("bert", "look", "127.0.0.1", "mute", "yard/alarm", error="not allowed")
    entries, cursor = log.page()
    assert (len(entries), cursor) == (PAGE, 21)
    assert entries[0] | {"at": ""} == {
        "at": "",
        "user": "bert",
        "role": "look",
        "client": "127.0.0.1",
        "action": "mute",
        "subject": "yard/alarm",
        "details": {},
        "is_done": False,
        "error": "not allowed",
    }
    older, end = log.page(cursor)
    assert ([entry["subject"] for entry in older][-1], len(older), end) == ("node 0", 21, None)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_the_file_is_rotated_and_a_torn_line_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "MAX_BYTES", 300)
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(4):
        log.write("anna", "operate", "127.0.0.1", "mute", f"node {number}")
    with log.path.open("ab") as file:
        file.write(b'{"at": "torn')
    assert [entry["subject"] for entry in log.page()[0]] == ["node 3", "node 2", "node 1", "node 0"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.jsonl", "audit.jsonl.1"]


def test_what_cannot_be_written_is_an_error_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = AuditLog(tmp_path / "file" / "audit.jsonl")
    with pytest.raises(ConsoleError, match="cannot be written"):
        log.require_writable()


def test_a_large_entry_is_cut_so_that_a_few_do_not_push_the_others_out(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.write("anna", "operate", "127.0.0.1", "retry dead letters", "s" * 9000, {"ids": ["é" * 1000] * 400})
    [entry], _ = log.page()
    assert entry["subject"] == "s" * audit_log.MAX_SUBJECT
    assert entry["details"]["beginning"].startswith('{"ids": ["')
    assert log.path.stat().st_size < 3 * audit_log.MAX_DETAILS
