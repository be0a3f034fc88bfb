"""What a person is told to do about a file that cannot be written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from securos_trigger.system.write_advice import advice_for


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space on the disk of {folder}, or a quota"),
        (errno.EROFS, "name another place, or mount it writable: {folder} is read-only"),
        (errno.EACCES, "give the user of this process the right to write in {folder}"),
        (errno.EMFILE, "raise the limit of open files (`ulimit -n`, LimitNOFILE)"),
        (errno.EIO, "look at its disk; the log of the system says more"),
        (errno.EISDIR, "name a file in a folder: {path} cannot be one"),
    ],
)
def test_the_advice_fits_the_cause(number: int, advice: str, tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    assert advice_for(OSError(number, os.strerror(number)), path) == advice.format(folder=tmp_path, path=path)


def test_a_right_that_is_missing_has_the_advice_of_the_caller_and_a_full_disk_has_not(tmp_path: Path) -> None:
    rights = "start the console as the user to whom the file belongs"
    denied, full = (OSError(number, os.strerror(number)) for number in (errno.EACCES, errno.ENOSPC))
    assert advice_for(denied, tmp_path / "site.toml", rights=rights) == rights
    assert advice_for(full, tmp_path / "site.toml", rights=rights).startswith("free some space on the disk of ")


def test_a_file_in_the_place_of_a_folder_and_a_lock_that_is_held_have_an_advice(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    path = tmp_path / "state" / "mutes.json"
    with pytest.raises(FileExistsError) as found:
        path.parent.mkdir(exist_ok=True)
    assert advice_for(found.value, path) == f"move {path.parent} away, and make a folder of this name"
    held = TimeoutError("another process holds the lock")
    assert advice_for(held, path) == f"try again: another process changes {path}"
