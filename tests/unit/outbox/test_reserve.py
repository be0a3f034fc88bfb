"""The preallocated reserve beside the outbox file."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.outbox.reserve import RESERVE_BYTES, Reserve


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_the_reserve_is_allocated_beside_the_outbox(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "outbox.sqlite")
    assert reserve.hold()
    assert names(tmp_path) == ["outbox.sqlite.reserve"]
    held = (tmp_path / "outbox.sqlite.reserve").stat()
    assert held.st_size == RESERVE_BYTES
    assert held.st_blocks * 512 >= RESERVE_BYTES, "the space is taken, not only promised"
    assert held.st_mode & 0o777 == 0o600


def test_the_file_of_an_older_version_gets_the_present_name(tmp_path: Path) -> None:
    Reserve(tmp_path / "outbox.sqlite").hold()
    (tmp_path / "outbox.sqlite.reserve").rename(tmp_path / "outbox.sqlite.ballast")
    inode = (tmp_path / "outbox.sqlite.ballast").stat().st_ino
    reserve = Reserve(tmp_path / "outbox.sqlite")
    reserve.take_over_old()
    assert names(tmp_path) == ["outbox.sqlite.reserve"]
    assert reserve.hold()
    assert (tmp_path / "outbox.sqlite.reserve").stat().st_ino == inode, "it is the same file, and its space"


def test_with_both_files_one_remains(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "outbox.sqlite")
    reserve.hold()
    (tmp_path / "outbox.sqlite.ballast").write_bytes(bytes(100))
    reserve.take_over_old()
    assert reserve.hold()
    assert names(tmp_path) == ["outbox.sqlite.reserve"]
    assert (tmp_path / "outbox.sqlite.reserve").stat().st_size == RESERVE_BYTES
