"""Files: whether one is there, and small ones that must never be found half written."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from securos_trigger.system.platform import give_to_owner_of, is_own, replace


def write_whole(path: Path, content: str | bytes, *, like: Path | None = None) -> None:
    """Put `content` into the file in one step: after a crash there stands what stood there before, or all of it.

    Only its owner may read it (mode 0600); with `like`, those who may read that file, and it gets the same owner where
    this user may give it. A link stays a link, and the file behind it is written. OSError when the disk does not take
    it; then the file is as it was.
    """
    path = _behind_link(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 0600
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if like is not None:
            give_to_owner_of(like, new)
            new.chmod(stat.S_IMODE(like.stat().st_mode))
        replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def create_empty(path: Path) -> None:
    """Make an empty file, so that no other process takes the name. FileExistsError: there is something already."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _behind_link(path: Path) -> Path:
    """Give the file that a link leads to. One that another user has made is not followed: it is replaced."""
    if not path.is_symlink():
        return path
    link = path.lstat()
    return Path(os.path.realpath(path)) if is_own(link) or link.st_uid == 0 else path


def is_there(path: Path) -> bool:
    """Whether it exists. Raises OSError when this user may not look: what `Path.exists` says then is no answer."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
