"""A small file is found as it was or as it is, never half written."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from securos_trigger.system import files
from securos_trigger.system.files import is_there, write_new, write_together, write_whole


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


class _ChangedError(Exception):
    """The file is another one."""


def _require_old(path: Path) -> None:
    if path.read_text() != "old":
        raise _ChangedError


@pytest.mark.parametrize("can_swap", [True, False])
def test_what_a_person_writes_while_files_are_written_is_not_replaced(
    can_swap: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_swap:
        monkeypatch.setattr(files, "swap", lambda *_names: False)
    path, kept = tmp_path / "site.toml", tmp_path / "site.toml.previous"
    path.write_text("old")
    kept.write_text("older")
    fsync = os.fsync

    def slowly(descriptor: int) -> None:
        fsync(descriptor)
        path.write_text("by hand")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", slowly)
        with pytest.raises(_ChangedError):
            write_together({kept: "old", path: "new"}, check=_require_old)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {path.name: "by hand", kept.name: "older"}
    path.write_text("old")
    write_together({kept: "old", path: "new"}, check=_require_old)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {path.name: "new", kept.name: "old"}


def test_what_a_person_writes_between_the_last_look_and_the_new_name_comes_back(tmp_path: Path) -> None:
    path, kept, by_hand = tmp_path / "site.toml", tmp_path / "site.toml.previous", tmp_path / "site.toml~"
    path.write_text("old")
    looked: list[Path] = []

    def check(replaced: Path) -> None:
        _require_old(replaced)
        if not looked:
            by_hand.write_text("by hand")
            by_hand.replace(path)
        looked.append(replaced)

    with pytest.raises(_ChangedError):
        write_together({kept: "old", path: "new"}, check=check)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {path.name: "by hand"}
    assert looked == [path]
