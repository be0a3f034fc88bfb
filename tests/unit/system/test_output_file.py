"""An output never takes the place of a file that it was not meant to replace."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from securos_trigger.system.output_file import Existing, OutputFile, identity_of


def write(path: Path, existing: Existing, content: bytes = b"new") -> Path:
    output = OutputFile(path, existing)
    output.file.write(content)
    return output.finish()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("existing", Existing)
def test_a_file_has_another_name_until_it_is_finished(tmp_path: Path, existing: Existing) -> None:
    output = OutputFile(tmp_path / "yard.mp4", existing)
    output.file.write(b"half")
    output.file.flush()
    assert contents(tmp_path) == {"yard.mp4.partial": b"half"}
    assert output.finish() == tmp_path / "yard.mp4"
    assert contents(tmp_path) == {"yard.mp4": b"half"}


@pytest.mark.parametrize("existing", Existing)
def test_a_file_is_for_its_owner_alone_while_it_is_written_and_after(tmp_path: Path, existing: Existing) -> None:
    before = os.umask(0o022)
    try:
        output = OutputFile(tmp_path / "yard.mp4", existing)
        assert output.partial_path.stat().st_mode & 0o777 == 0o600
        assert output.finish().stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_number_is_put_before_the_extension(tmp_path: Path) -> None:
    for name in ("yard.mp4", "yard-2.mp4", "seen.jsonl.gz", "plain"):
        (tmp_path / name).write_bytes(b"old")
    assert write(tmp_path / "yard.mp4", Existing.NUMBER).name == "yard-3.mp4"
    assert write(tmp_path / "seen.jsonl.gz", Existing.NUMBER).name == "seen-2.jsonl.gz"
    assert write(tmp_path / "plain", Existing.NUMBER).name == "plain-2"
    assert (tmp_path / "yard.mp4").read_bytes() == b"old"


def test_what_a_killed_process_left_is_kept(tmp_path: Path) -> None:
    (tmp_path / "yard.mp4.partial").write_bytes(b"killed")
    assert write(tmp_path / "yard.mp4", Existing.NUMBER).name == "yard-2.mp4"
    assert write(tmp_path / "yard.mp4", Existing.REPLACE).name == "yard.mp4"
    assert contents(tmp_path) == {"yard.mp4.partial": b"killed", "yard-2.mp4": b"new", "yard.mp4": b"new"}


def test_a_partial_name_that_links_to_a_video_leaves_the_video_alone(tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"video")
    os.link(video, tmp_path / "hard.mp4.partial")
    (tmp_path / "soft.mp4.partial").symlink_to(video)
    for existing in Existing:
        write(tmp_path / f"hard{existing}.mp4", existing)
        write(tmp_path / "hard.mp4", Existing.REPLACE)
        write(tmp_path / "soft.mp4", Existing.REPLACE)
    assert video.read_bytes() == b"video"


def test_refuse_writes_nothing_over_a_file_and_nothing_over_one_that_came_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    output = OutputFile(path, Existing.REFUSE)
    output.file.write(b"new")
    path.write_bytes(b"other")
    with pytest.raises(FileExistsError):
        output.finish()
    assert contents(tmp_path) == {"seen.jsonl": b"other", "seen.jsonl.partial": b"new"}
    with pytest.raises(FileExistsError):
        OutputFile(path, Existing.REFUSE)


def test_a_number_is_given_to_one_whose_name_was_taken_meanwhile(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "yard.mp4", Existing.NUMBER)
    (tmp_path / "yard.mp4").write_bytes(b"other")
    assert output.finish().name == "yard-2.mp4"


def test_replace_follows_a_link_and_replaces_only_the_file_that_was_there_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "yard.mp4", tmp_path / "yard.mp4"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write(link, Existing.REPLACE)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    output = OutputFile(link, Existing.REPLACE)
    kept = tmp_path / "kept.mp4"
    kept.write_bytes(b"kept")
    kept.replace(real)
    with pytest.raises(FileExistsError):
        output.finish()
    assert real.read_bytes() == b"kept"


def test_a_file_system_without_hard_links_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuses)
    for name in ("yard.mp4", "yard-2.mp4"):
        assert write(tmp_path / "yard.mp4", Existing.NUMBER).name == name
    assert len(contents(tmp_path)) == 2


def test_devices_are_written_directly_and_stay() -> None:
    for existing in Existing:
        assert write(Path("/dev/null"), existing) == Path("/dev/null")
    assert Path("/dev/null").is_char_device()


def test_an_output_that_is_left_stays_partial_and_one_that_is_discarded_goes(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "a.mp4", Existing.NUMBER)
    output.leave()
    assert contents(tmp_path) == {"a.mp4.partial": b""}
    OutputFile(tmp_path / "b.mp4", Existing.NUMBER).discard()
    assert contents(tmp_path) == {"a.mp4.partial": b""}


def test_paths_to_one_file_are_equal_whether_it_exists_or_not(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "folder")
    missing = tmp_path / "folder" / "a.mp4"
    assert identity_of(missing) == identity_of(tmp_path / "linked" / ".." / "folder" / "a.mp4")
    missing.touch()
    os.link(missing, tmp_path / "hard.mp4")
    assert identity_of(missing) == identity_of(tmp_path / "hard.mp4") == identity_of(tmp_path / "linked" / "a.mp4")
    assert identity_of(missing) != identity_of(tmp_path / "other.mp4")
