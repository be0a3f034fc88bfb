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
