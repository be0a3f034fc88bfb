"""Users and the token in their files."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import TokenFile, User, Users, role_named
from securos_trigger.errors import ArgumentError, ConsoleError


def test_a_user_logs_in_with_name_and_password_and_no_other_way(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    assert users.all() == ()
    users.add("anna", Role.OPERATE, "a long password")
    users.add("bert", Role.LOOK, "another password")
    users.add("anna", Role.CONFIGURE, "a new password")
    found = users.log_in("anna", "a new password")
    assert isinstance(found, User)
    assert (found.name, found.role) == ("anna", Role.CONFIGURE)
    assert users.log_in("anna", "a long password") == "the password is wrong"
    assert users.log_in("bert", "a new password") == "the password is wrong"
    assert users.log_in("nobody", "a new password") == "there is no such user"
    users.remove("anna")
    assert [user.name for user in users.all()] == ["bert"]


def test_the_file_is_its_owners_alone_and_has_no_password_in_it(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.add("anna", Role.OPERATE, "a long password")
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert "a long password" not in users.path.read_text()


def test_mistakes_are_refused_with_a_sentence(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    with pytest.raises(ArgumentError, match="is not a user name"):
        users.add("<script>", Role.LOOK, "a long password")
    with pytest.raises(ArgumentError, match='there is no user "anna"'):
        users.remove("anna")
    with pytest.raises(ArgumentError, match=r'there is no role "root". Known: look, operate, configure.'):
        role_named("root")
    users.path.write_text("[]")
    with pytest.raises(ConsoleError, match="does not hold users"):
        users.log_in("anna", "a long password")


def test_the_token_is_made_once_and_read_each_time(tmp_path: Path) -> None:
    token = TokenFile(tmp_path / "token")
    assert not token.is_token("")
    token.make()
    first = token.path.read_text().strip()
    token.make()
    assert token.path.read_text().strip() == first
    assert stat.S_IMODE(token.path.stat().st_mode) == 0o600
    assert (token.is_token(first), token.is_token(first[:-1]), token.is_token("")) == (True, False, False)
    token.path.write_text("short")
    assert not token.is_token("short"), "a token that can be guessed is none"
