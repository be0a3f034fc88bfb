"""One holder at a time, whatever happens to the lock file."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.system.locks import lock_for_change


def test_a_second_holder_waits_and_gives_up(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with (
        lock_for_change(path),
        pytest.raises(TimeoutError, match="another process holds the lock"),
        lock_for_change(path, timeout_s=0.05),
    ):
        pytest.fail("two holders")
    with lock_for_change(path, timeout_s=0):
        assert (tmp_path / "file.lock").stat().st_mode & 0o777 == 0o600


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(KeyError), lock_for_change(path):
        raise KeyError
    with lock_for_change(path, timeout_s=0):
        assert (tmp_path / "file.lock").exists()


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    (tmp_path / "file.lock").symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"), lock_for_change(tmp_path / "file"):
        pytest.fail("locked")
    assert not other.exists()
