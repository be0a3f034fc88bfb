"""Which file was meant where one cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.system.near_files import meant_file

_PATTERNS = ("*.jsonl", "*.jsonl.gz")


def _meant(path: Path, otherwise: str = "") -> str:
    with pytest.raises(OSError, match=r".") as caught:
        path.read_bytes()
    return meant_file(path, caught.value, _PATTERNS, "the recording", otherwise)


def test_the_file_of_nearly_the_same_name_is_named_whatever_its_ending(tmp_path: Path) -> None:
    for name in ("yesterday.jsonl.gz", "gate.jsonl", "yesterdai.toml"):
        (tmp_path / name).touch()
    assert _meant(tmp_path / "yesterdy.jsonl") == f'Did you mean "{tmp_path}/yesterday.jsonl.gz"?'
    assert _meant(tmp_path / "other.jsonl", "Make one.") == "Make one."
    assert _meant(tmp_path / "other.jsonl") == f'The folder "{tmp_path}" has "gate.jsonl", "yesterday.jsonl.gz".'
    for name in ("yesterday.jsonl.gz", "gate.jsonl"):
        (tmp_path / name).unlink()
    assert _meant(tmp_path / "other.jsonl") == f'The folder "{tmp_path}" has no *.jsonl.'


def test_of_files_that_differ_after_their_first_dot_the_nearest_one_is_named(tmp_path: Path) -> None:
    for name in ("gate.jsonl", "gate.backup.jsonl", "gate.2026-11-28.jsonl"):
        (tmp_path / name).touch()
    assert _meant(tmp_path / "gate.jsnl") == f'Did you mean "{tmp_path}/gate.jsonl"?'
    assert _meant(tmp_path / "gate.bakup.jsonl") == f'Did you mean "{tmp_path}/gate.backup.jsonl"?'
    assert _meant(tmp_path / "gate.2026-11-27.jsonl") == f'Did you mean "{tmp_path}/gate.2026-11-28.jsonl"?'
    assert _meant(tmp_path / "gate") == f'Did you mean "{tmp_path}/gate.jsonl"?'


def test_of_a_folder_its_files_are_named_and_of_a_folder_that_is_not_there_itself(tmp_path: Path) -> None:
    assert _meant(tmp_path) == "Name the recording, not its folder."
    assert _meant(tmp_path, "Make one.") == "Make one."
    for number in range(5):
        (tmp_path / f"{number}.jsonl").touch()
    named = ", ".join(f'"{tmp_path}/{number}.jsonl"' for number in range(4))
    assert _meant(tmp_path) == f"Name the file: {named}, …."
    assert _meant(tmp_path / "gone" / "a.jsonl") == f'There is no folder "{tmp_path}/gone".'
