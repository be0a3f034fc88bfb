"""A small file is found as it was or as it is, never half written."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from securos_trigger.system.files import is_there, write_new, write_whole


def test_the_file_holds_the_new_text_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    path.write_text("old")
    path.chmod(0o644)
    write_whole(path, "new: é\n")
    assert path.read_text(encoding="utf-8") == "new: é\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_whole_text_is_on_the_disk_before_it_takes_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trusted.json"
    path.write_text("old")
    synced: list[tuple[str, str]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").read_text(), path.read_text()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_whole(path, "new")
    assert synced[0] == ("new", "old")


def test_a_write_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    path.mkdir()
    (path / "inside").write_text("kept")
    with pytest.raises(OSError, match="directory"):
        write_whole(path, "new")
    assert list(tmp_path.iterdir()) == [path]
    assert (path / "inside").read_text() == "kept"


def test_a_text_that_cannot_be_encoded_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "trusted.json", "half a character: \ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_there_or_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert is_there(tmp_path / "file")
    assert not is_there(tmp_path / "none")
    assert not is_there(tmp_path / "file" / "below")


def test_a_file_gets_the_mode_of_the_one_that_it_is_to_be_like(tmp_path: Path) -> None:
    like, path = tmp_path / "like", tmp_path / "new"
    like.write_bytes(b"")
    like.chmod(0o640)
    write_whole(path, b"\xff\r\n", like=like)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"\xff\r\n", 0o640)


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_file_never_takes_the_place_of_one(
    has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_links:

        def refuse(*_names: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "site.toml"
    write_new(file, "first")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("first", 0o600)
    with pytest.raises(FileExistsError):
        write_new(file, "second")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "link", "second")
    assert (file.read_text(), sorted(one.name for one in tmp_path.iterdir())) == ("first", ["link", "site.toml"])


def test_without_hard_links_a_rename_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_names: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr("securos_trigger.system.files.replace", refuse)
    with pytest.raises(PermissionError):
        write_new(tmp_path / "site.toml", "first")
    assert list(tmp_path.iterdir()) == []
