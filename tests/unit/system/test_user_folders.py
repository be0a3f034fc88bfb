"""Where state is kept, and users who have no home folder."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError
from securos_trigger.system.user_folders import below, expanded, user_cache_folder, user_state_folder


def test_the_folders_are_below_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert user_state_folder() == tmp_path / ".local" / "state" / "securos-trigger"
    assert user_cache_folder() == tmp_path / ".cache" / "securos-trigger"
    assert expanded("~/token") == tmp_path / "token"


def test_a_path_of_a_configuration_is_below_its_folder_or_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", "/home/eve")
    assert below(tmp_path, "state/o.sqlite") == tmp_path / "state" / "o.sqlite"
    assert below(tmp_path, Path("/var/o.sqlite")) == Path("/var/o.sqlite")
    assert below(tmp_path, Path("~/o.sqlite")) == Path("/home/eve/o.sqlite")
    assert below(tmp_path, "a~b") == tmp_path / "a~b"


def test_a_user_without_a_home_folder_is_a_mistake_with_its_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: object) -> None:
        raise KeyError("uid not found")

    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for folder in (user_state_folder, user_cache_folder):
        with pytest.raises(ConfigurationError, match="this user has no home folder, so no place to keep state"):
            folder()
    assert expanded("~/token") == Path("~/token")
