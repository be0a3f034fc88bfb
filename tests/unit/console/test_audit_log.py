"""The audit log."""

from __future__ import annotations

import json
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.console import audit_entry, line_files
from securos_trigger.console.attempts import MOST_IN_A_MINUTE, MOST_OF_STRANGERS
from securos_trigger.console.audit_log import PAGE, AuditLog
from securos_trigger.errors import ConsoleError
from tests.integration.test_killed_writers import in_processes


@contextmanager
def disk_with_space_for(size_bytes: int) -> Iterator[None]:
    """The system makes no file larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def written_log(path: Path) -> AuditLog:
    """A log whose files are larger than its reserve: `disk_with_space_for` the reserve is a full disk for them."""
    log = AuditLog(path)
    line = b" " * (line_files.RESERVE_BYTES + 1) + b"\n"
    for name in ("audit.jsonl", "audit-operate.jsonl", "audit-attempts.jsonl"):
        path.with_name(name).write_bytes(line)
    with log.space():
        pass
    return log


def test_what_is_perhaps_done_stands_among_the_changes_and_not_among_the_attempts(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.write("anna", "configure", "127.0.0.1", "move events", "https://old:3443", doubt="it is not known")
    [entry] = log.entries()
    assert (entry["is_done"], entry["error"]) == (None, "it is not known")


def test_entries_come_back_the_newest_first_page_by_page(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.page() == ([], None)
    for number in range(PAGE + 20):
        log.write("anna", "operate", "127.0.0.1", "mute", f"node {number}", {"for": "2h"})
    log.note("bert", "look", "127.0.0.1", "mute", "yard/alarm", error="not allowed")
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
        "config": "",
    }
    older, end = log.page(cursor)
    assert ([entry["subject"] for entry in older][-1], len(older), end) == ("node 0", 21, None)
    log.write("carl", "configure", "127.0.0.1", "reload", "")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_the_file_is_rotated_and_a_torn_line_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_files, "MAX_BYTES", 300)
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(4):
        log.write("anna", "operate", "127.0.0.1", "mute", f"node {number}")
    with (tmp_path / "audit-operate.jsonl").open("ab") as file:
        file.write(b'{"at": "torn')
    assert [entry["subject"] for entry in log.page()[0]] == ["node 3", "node 2", "node 1", "node 0"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "audit-operate.jsonl",
        "audit-operate.jsonl.1",
        "audit-operate.jsonl.lock",
    ]


def test_what_cannot_be_written_is_an_error_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = AuditLog(tmp_path / "file" / "audit.jsonl")
    with pytest.raises(ConsoleError, match="cannot be written"):
        log.require_writable()
    with pytest.raises(ConsoleError, match="cannot be written"), log.space():
        raise AssertionError


def test_a_large_entry_is_cut_so_that_a_few_do_not_push_the_others_out(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.write("anna", "operate", "127.0.0.1", "retry dead letters", "s" * 9000, {"ids": ["é" * 1000] * 400})
    [entry], _ = log.page()
    assert entry["subject"] == "s" * audit_entry.MAX_SUBJECT
    assert entry["details"]["beginning"].startswith('{"ids": ["')
    assert (tmp_path / "audit-operate.jsonl").stat().st_size < 3 * audit_entry.MAX_DETAILS


@pytest.mark.parametrize("text", ["\U0001f600", '"', "é", "\0", "\\"])
def test_a_line_is_bounded_in_bytes_whatever_its_characters(tmp_path: Path, text: str) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.note(text * 64, "look", "127.0.0.1", "refused", text * 9000, {"ids": [text * 9000]}, error=text * 9000)
    [line] = (tmp_path / "audit-attempts.jsonl").read_bytes().splitlines()
    assert len(line) < 8 * 1024
    entry = json.loads(line)
    assert (len(json.dumps(entry["subject"])) <= 502, entry["subject"] != "") == (True, True)


def test_no_flood_of_others_pushes_out_what_a_person_with_a_larger_role_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_files, "MAX_BYTES", 2000)
    minutes = iter(range(10_000))
    log = AuditLog(tmp_path / "audit.jsonl", clock=lambda: 60.0 * next(minutes))
    log.write("carl", "configure", "127.0.0.1", "save node", "yard/alarm")
    log.write("olga", "operate", "127.0.0.1", "mute", "yard/alarm")
    for number in range(100):
        log.note("lena", "look", "127.0.0.1", "refused", f"POST /api/mute {number}", error="needs the role operate")
        log.note("lena", "look", "127.0.0.1", "log in", "")
        log.note("x", "", f"192.0.2.{number}", "log in", "", error="refused")
    assert {"save node", "mute", "refused", "log in"} <= {entry["action"] for entry in log.page()[0]}
    for _ in range(100):
        log.write("olga", "operate", "127.0.0.1", "mute", "yard/alarm")
    assert [entry["action"] for entry in log.entries()] == ["save node"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3 * 2 * 2500


def test_attempts_of_one_minute_are_listed_up_to_a_number_and_then_counted(tmp_path: Path) -> None:
    now = [0.0]
    log = AuditLog(tmp_path / "audit.jsonl", clock=lambda: now[0])
    for _ in range(MOST_IN_A_MINUTE + 700):
        log.note("lena", "look", "127.0.0.1", "refused", "POST /api/mute", error="needs the role operate")
    log.note("anna", "look", "127.0.0.1", "log in", "")
    assert [entry["user"] for entry in log.page()[0]] == ["anna"] + ["lena"] * MOST_IN_A_MINUTE
    now[0] = 60.0
    more = log.page()[0][0]
    assert (more["user"], more["is_done"], more["error"]) == ("lena", False, "and 700 more in a minute")


def test_strangers_from_many_addresses_are_bounded_together_and_hide_no_log_in(tmp_path: Path) -> None:
    now = [0.0]
    log = AuditLog(tmp_path / "audit.jsonl", clock=lambda: now[0])
    for number in range(5000):
        log.note("x", "", f"2001:db8::{number:x}", "log in", "", error="refused")
    log.note("anna", "configure", "127.0.0.1", "log in", "")
    now[0] = 60.0
    more, anna, *_ = log.page()[0]
    assert anna["user"] == "anna"
    assert (more["client"], more["error"]) == ("many addresses", f"and {5000 - MOST_OF_STRANGERS} more in a minute")
    assert len((tmp_path / "audit-attempts.jsonl").read_bytes().splitlines()) == MOST_OF_STRANGERS + 2


def test_what_was_done_has_its_line_also_when_the_disk_gets_full_meanwhile(tmp_path: Path) -> None:
    log = written_log(tmp_path / "audit.jsonl")
    done: list[str] = []
    with disk_with_space_for(line_files.RESERVE_BYTES):
        with pytest.raises(ConsoleError, match="cannot be written"):
            for number in range(1000):
                with log.space():
                    log.write("carl", "configure", "127.0.0.1", "save node", f"save {number}", {"values": ["x" * 900]})
                    done.append(f"save {number}")
        assert len(done) > 10
        assert [entry["subject"] for entry in log.page()[0]] == done[: -PAGE - 1 : -1]
        assert next(log.entries())["subject"] == done[-1]
        assert "cannot be written" in log.fault()
    with log.space():
        log.write("olga", "operate", "127.0.0.1", "mute", "")
    assert log.page()[0][0]["action"] == "mute"
    assert [entry["subject"] for entry in log.entries()] == done[::-1]
    assert (tmp_path / "audit.jsonl.reserve").read_bytes() == b" " * line_files.RESERVE_BYTES
    assert log.fault() == ""


def test_each_of_those_who_change_something_at_once_has_room_for_the_longest_line(tmp_path: Path) -> None:
    log = written_log(tmp_path / "audit.jsonl")
    longest = ("c" * 64, "configure", "127.0.0.1", "undo", '"' * 9000, {"changes": ["x" * 3900]})
    with disk_with_space_for(line_files.RESERVE_BYTES), ExitStack() as held:
        under_way = 0
        with pytest.raises(ConsoleError, match="cannot be written"):
            for _ in range(1000):
                held.enter_context(log.space())
                under_way += 1
        assert under_way >= 40, "each thread of the console may have one"
        for _ in range(under_way):
            log.write(*longest)
        assert len(list(log.entries())) == under_way


def test_without_room_for_its_line_nothing_is_begun(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    with disk_with_space_for(1000), pytest.raises(ConsoleError, match="cannot be written"), log.space():
        raise AssertionError
    assert not (tmp_path / "audit.jsonl.reserve").exists()


def test_an_attempt_that_the_disk_does_not_take_is_in_the_services_log_and_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = written_log(tmp_path / "audit.jsonl")
    with disk_with_space_for(line_files.RESERVE_BYTES):
        log.note("anna", "look", "127.0.0.1", "log in", "")
        assert "cannot be written" in log.fault()
    assert '"user":"anna"' in caplog.text
    assert log.fault() == ""
    assert [entry["user"] for entry in log.page()[0]] == ["anna"]


def nobody_knows(cut_off: Sequence[Mapping[str, Any]]) -> list[str | None]:
    return [None for _ in cut_off]


KILLED = """
import contextlib, os, pathlib, sys
from securos_trigger.console.audit_log import AuditLog
log, held = AuditLog(pathlib.Path(sys.argv[1]), config=sys.argv[2]), contextlib.ExitStack()
for action in sys.argv[3:]:
    role = "operate" if action == "mute" else "configure"
    held.enter_context(log.begun("anna", role, "127.0.0.1", action, "yard/alarm", {"for": "2h"}))
os.kill(os.getpid(), 9)
"""


def cut_off(path: Path, actions: Sequence[str], config: str = "") -> None:
    """A console that is killed while a person does this."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), config, *actions], check=False)
    assert done.returncode == -9


def test_what_is_under_way_when_the_console_is_killed_has_its_line_after_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    cut_off(path, ["mute", "save node"])
    log = AuditLog(path)
    log.settle(nobody_knows)
    entries, _ = log.page()
    assert [(one["action"], one["user"], one["is_done"]) for one in entries] == [
        ("save node", "anna", None),
        ("mute", "anna", None),
    ]
    assert entries[0]["error"] == "the console ended meanwhile: it is not known whether this was done"
    assert [one["action"] for one in log.entries()] == ["save node"]
    log.settle(nobody_knows)
    AuditLog(path).settle(nobody_knows)
    assert len(log.page()[0]) == 2, "it is written once"


def test_a_second_console_takes_nothing_of_what_is_under_way_in_the_first(tmp_path: Path) -> None:
    first, second = AuditLog(tmp_path / "audit.jsonl"), AuditLog(tmp_path / "audit.jsonl")
    with first.begun("anna", "configure", "127.0.0.1", "save node", "yard/alarm"):
        second.settle(nobody_knows)
        with second.begun("ben", "configure", "127.0.0.1", "undo", ""):
            assert second.page()[0] == []


def test_what_was_cut_off_is_kept_until_a_full_disk_takes_its_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    written_log(path)
    cut_off(path, ["save node"])
    assert not path.with_name("audit.jsonl.under-way.2").exists(), "a file whose console has ended is taken again"
    with disk_with_space_for(line_files.RESERVE_BYTES):
        log = AuditLog(path)
        reserve = path.with_name("audit.jsonl.reserve")
        reserve.write_bytes(b"x" * line_files.RESERVE_BYTES)
        log.settle(nobody_knows)
        assert list(log.entries()) == []
        reserve.write_bytes(b" " * line_files.RESERVE_BYTES)
        log.settle(nobody_knows)
        assert [one["action"] for one in log.entries()] == ["save node"]


def test_what_persons_did_with_another_configuration_of_the_same_outbox_is_not_taken_for_theirs(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    cut_off(path, ["save node"])
    site, other = (AuditLog(path, config=f"/etc/{name}.toml") for name in ("site", "other"))
    other.settle(lambda cut_off: ["2026-11-28T03:00:00Z" for _ in cut_off])
    other.write("ben", "configure", "127.0.0.1", "save node", "lawn/alarm")
    site.write("anna", "configure", "127.0.0.1", "save node", "yard/alarm")
    assert [one["subject"] for one in other.entries()][:1] == ["lawn/alarm"]
    assert [one["subject"] for one in site.entries()][:1] == ["yard/alarm"]
    assert {one["config"] for one in site.page()[0]} == {"/etc/site.toml", "/etc/other.toml", ""}


def test_a_save_that_was_cut_off_in_another_configuration_is_not_judged_by_this_one(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    cut_off(path, ["save node"], config="/etc/site.toml")
    other = AuditLog(path, config="/etc/other.toml")
    other.settle(lambda cut_off: ["2026-11-28T03:00:00Z" for _ in cut_off])
    [entry] = other.page()[0]
    assert (entry["config"], entry["is_done"]) == ("/etc/site.toml", None)


def add_many(path: Path) -> None:
    file = line_files.LineFile(path)
    for _ in range(1500):
        file.append(b"x" * 99 + b"\n")


def test_processes_that_turn_a_full_file_over_at_once_lose_none_of_its_newest_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_files, "MAX_BYTES", 3000)
    path = tmp_path / "audit.jsonl"
    assert in_processes(4, lambda _: add_many(path)) == [0] * 4
    assert path.with_name("audit.jsonl.1").stat().st_size >= 3000
