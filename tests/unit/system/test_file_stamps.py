"""Whether a file was written since it was looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.system.file_stamps import FileStamp, stamp_of


def test_a_file_that_was_written_has_another_stamp_and_a_missing_one_has_none(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    assert stamp_of(path) is None
    with pytest.raises(FileNotFoundError):
        FileStamp.of(path)
    path.write_text("first")
    first = stamp_of(path)
    assert first == FileStamp.of(path)
    path.write_text("the second")
    assert stamp_of(path) != first
