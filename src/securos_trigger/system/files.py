"""Files: whether one is there, and small ones that must never be found half written."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, like: Path | None = None) -> None:
    """Put `content` into the file in one step: after a crash there stands what stood there before, or all of it.

    Only its owner may read it (mode 0600); with `like`, those who may read that file, and it gets the same owner where
    this user may give it. OSError when the disk does not take it; then the file is as it was.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 0600
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if like is not None:
            _give_mode_and_owner(new, like.stat())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _give_mode_and_owner(path: Path, wanted: os.stat_result) -> None:
    if hasattr(os, "chown"):  # Windows has none
        with contextlib.suppress(PermissionError):  # another user's file: this user's is right, too
            os.chown(path, wanted.st_uid, wanted.st_gid)
    path.chmod(stat.S_IMODE(wanted.st_mode))


def is_there(path: Path) -> bool:
    """Whether it exists. Raises OSError when this user may not look: what `Path.exists` says then is no answer."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
