"""What stands at a path, also where this user may not look."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from securos_trigger.system.path_kinds import PathKind, kind_of, leads_to_itself


def test_files_folders_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "loop").symlink_to("loop")
    assert kind_of(tmp_path) is PathKind.FOLDER
    assert {kind_of(tmp_path / name) for name in ("file", "link")} == {PathKind.FILE}
    nothing = ("no", "file/below", "loop", "n" * 300, "null\0character")
    assert {kind_of(tmp_path / name) for name in nothing} == {PathKind.NOTHING}
    assert kind_of(Path(os.devnull)) is PathKind.OTHER
    names = ("file", "link", "no", "file/below", "n" * 300, "null\0character", "loop", "loop/below")
    assert [name for name in names if leads_to_itself(tmp_path / name)] == ["loop", "loop/below"]


@pytest.mark.skipif(not hasattr(os, "seteuid") or os.geteuid() != 0, reason="needs the rights of root")
def test_a_folder_of_another_user_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    (tmp_path / "closed" / "file").write_bytes(b"")
    os.seteuid(65_534)
    try:
        kinds = [kind_of(tmp_path / "closed" / name) for name in ("file", "no")]
    finally:
        os.seteuid(0)
    assert kinds == [PathKind.UNKNOWN] * 2
