"""Sessions that outlive the console: in a file that gives nobody a session."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.session_file import SessionFile
from securos_trigger.console.security.sessions import IDLE_S, KEEP_EVERY_S, LASTS_S, Sessions


class Clocks:
    """The wall clock, and the ticks of one run of the console."""

    def __init__(self) -> None:
        self.wall_s, self.ticks = 1_700_000_000.0, 5.0

    def pass_by(self, seconds: float) -> None:
        self.wall_s += seconds
        self.ticks += seconds

    def opened(self, path: Path) -> Sessions:
        return Sessions(lambda: self.ticks, SessionFile(path, lambda: self.wall_s))

    def restarted(self, path: Path, after_s: float = 1.0) -> Sessions:
        self.wall_s += after_s
        self.ticks = 90_000.0
        return self.opened(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.console-sessions.json"


def test_a_restart_keeps_a_session_with_its_csrf_token_and_its_end(path: Path) -> None:
    clocks = Clocks()
    cookie, session = clocks.opened(path).begin("anna", Role.OPERATE, "hash of a password")
    found = clocks.restarted(path).of(cookie)
    assert found is not None
    assert (found.user, found.role, found.csrf, found.proof) == ("anna", Role.OPERATE, session.csrf, session.proof)
    assert clocks.restarted(path, IDLE_S + 1).of(cookie) is None


def test_a_session_ends_after_half_a_day_however_often_the_console_starts(path: Path) -> None:
    clocks = Clocks()
    cookie, _ = clocks.opened(path).begin("anna", Role.LOOK, "a hash")
    used_s = 0.0
    while used_s + IDLE_S / 2 <= LASTS_S:
        sessions = clocks.restarted(path, IDLE_S / 2 - KEEP_EVERY_S)
        clocks.pass_by(KEEP_EVERY_S)
        assert sessions.of(cookie) is not None
        used_s += IDLE_S / 2
    assert clocks.restarted(path, IDLE_S / 2).of(cookie) is None


def test_a_log_out_counts_after_a_restart_too(path: Path) -> None:
    clocks = Clocks()
    sessions = clocks.opened(path)
    cookie, _ = sessions.begin("anna", Role.LOOK, "a hash")
    sessions.end(cookie)
    assert clocks.restarted(path).of(cookie) is None


def test_the_file_holds_neither_cookie_nor_csrf_token_nor_password_and_is_its_owners(path: Path) -> None:
    cookie, session = Clocks().opened(path).begin("anna", Role.LOOK, "scrypt$hash")
    text = path.read_text()
    assert [one for one in (cookie, session.csrf, "scrypt") if one in text] == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"sessions": [{"user": "anna"}]}', b'{"sessions": [1]}'])
def test_a_damaged_file_ends_the_sessions_and_nothing_else(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    sessions = Clocks().opened(path)
    assert sessions.count() == 0
    cookie, _ = sessions.begin("anna", Role.LOOK, "a hash")
    assert sessions.of(cookie) is not None


def test_a_session_from_the_future_is_not_kept(path: Path) -> None:
    clocks = Clocks()
    cookie, _ = clocks.opened(path).begin("anna", Role.LOOK, "a hash")
    assert clocks.restarted(path, -3600.0).of(cookie) is None


def test_a_disk_that_takes_nothing_keeps_sessions_in_memory_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "missing" / "sessions.json"
    sessions = Clocks().opened(path)
    cookies = [sessions.begin("anna", Role.LOOK, "a hash")[0] for _ in range(3)]
    assert all(sessions.of(cookie) for cookie in cookies)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "cannot be written" in caplog.text


def test_what_is_written_can_be_read_by_a_person(path: Path) -> None:
    Clocks().opened(path).begin("anna", Role.LOOK, "a hash")
    [row] = json.loads(path.read_text())["sessions"]
    assert (row["user"], row["role"], row["began_at_s"]) == ("anna", "look", 1_700_000_000.0)


def test_a_session_of_the_one_time_link_ends_with_the_console(path: Path) -> None:
    clocks = Clocks()
    sessions = clocks.opened(path)
    by_link, _ = sessions.begin("(one-time link)", Role.CONFIGURE)
    by_password, _ = sessions.begin("anna", Role.LOOK, "a hash")
    assert [row["user"] for row in json.loads(path.read_text())["sessions"]] == ["anna"]
    again = clocks.restarted(path)
    assert again.of(by_link) is None
    assert again.of(by_password) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"proof": ""},
        {"began_at_s": float("nan"), "seen_at_s": float("nan")},
        {"began_at_s": float("-inf")},
        {"seen_at_s": 10**400},
        {"role": "god"},
        {"cookie_sha256": 7},
    ],
)
def test_a_row_that_cannot_be_used_ends_its_own_session_alone(path: Path, change: dict[str, Any]) -> None:
    clocks = Clocks()
    sessions = clocks.opened(path)
    cookies = [sessions.begin(user, Role.CONFIGURE, "a hash")[0] for user in ("eve", "anna")]
    first, second = json.loads(path.read_text())["sessions"]
    path.write_text(json.dumps({"sessions": [first | change, second]}))
    again = clocks.restarted(path)
    assert again.of(cookies[0]) is None
    assert again.of(cookies[1]) is not None
    assert again.count() == 1


def _as_link(path: Path) -> None:
    path.symlink_to(path.rename(path.with_name("elsewhere")))


def _as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.chmod(0o640),
        lambda path: path.chmod(0o602),
        pytest.param(
            lambda path: os.chown(path, 65534, -1),
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to another user"),
        ),
        _as_link,
        _as_pipe,
    ],
    ids=["group may read", "others may write", "of another user", "link", "pipe"],
)
def test_a_file_that_another_user_may_have_written_gives_nobody_a_session(
    path: Path, change: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    clocks = Clocks()
    cookie, _ = clocks.opened(path).begin("anna", Role.CONFIGURE, "a hash")
    change(path)
    again = clocks.restarted(path)
    assert again.of(cookie) is None
    assert "everybody logs in again" in caplog.text
    new, _ = again.begin("anna", Role.CONFIGURE, "a hash")
    assert again.of(new) is not None
