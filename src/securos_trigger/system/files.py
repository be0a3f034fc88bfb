"""Files: whether one is there, and small ones that must never be found half written."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from securos_trigger.system.platform import give_to_owner_of, is_own, replace, swap

#: A file system without hard links says one of these.
NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def write_whole(
    path: Path, content: str | bytes, *, like: Path | None = None, is_synced: bool = True, suffix: str = ""
) -> None:
    """Put `content` into the file in one step: after a crash there stands what stood there before, or all of it.

    Only its owner may read it (mode 0600); with `like`, those who may read that file, and it gets the same owner where
    this user may give it. A link stays a link, and the file behind it is written. OSError when the disk does not take
    it; then the file is as it was. `is_synced` False does not wait for the disk: a power cut may cost the content.
    `suffix` ends the name that the file has until it is whole, and that a killed process leaves.
    """
    path = _behind_link(path)
    new = _beside(path, content, like=like, is_synced=is_synced, suffix=suffix)
    try:
        replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def write_together(
    contents: Mapping[Path, str | bytes], *, like: Path | None = None, check: Callable[[Path], None] | None = None
) -> None:
    """Put each content into its file as `write_whole` does: all of them, or none where the disk does not take one.

    All are on the disk before the first takes its name, and they take their names in the order of `contents`. A process
    that is killed then leaves the last ones as they were. `check` raises what the last file must not be replaced for:
    it is called with that file directly before, and where the file system can swap two files, again with what was
    really replaced. Then all is as it was.
    """
    with ExitStack() as left_over:
        ready: list[tuple[Path, Path]] = []
        for named, content in contents.items():
            path = _behind_link(named)
            new = _beside(path, content, like=like)
            left_over.callback(_remove, new)
            ready.append((new, path))
        with ExitStack() as way_back:
            for new, path in ready[:-1]:
                _replace_for_now(new, path, way_back, left_over)
            _replace_checked(*ready[-1], check)
            way_back.pop_all()


def _replace_checked(new: Path, path: Path, check: Callable[[Path], None] | None) -> None:
    """Give `new` the name `path`, unless `check` raises for what stands there."""
    if check is not None:
        check(path)
        if swap(new, path):
            try:
                check(new)
            except BaseException:
                swap(new, path)
                raise
            return
    replace(new, path)


def _replace_for_now(new: Path, path: Path, way_back: ExitStack, left_over: ExitStack) -> None:
    """Give `new` the name `path`. `way_back` undoes it; `left_over` removes what stood there."""
    if os.path.lexists(path):
        old = new.with_name(f"{new.name}.old")
        replace(path, old)
        left_over.callback(_remove, old)
        way_back.callback(replace, old, path)
    else:
        way_back.callback(path.unlink, missing_ok=True)
    replace(new, path)


def _remove(left: Path) -> None:
    with suppress(OSError):  # the files are written all the same
        left.unlink(missing_ok=True)


def write_new(path: Path, content: str | bytes) -> None:
    """Put `content` into a file that is not there yet, in one step: after a crash there is no such file, or all of it.

    On a file system without hard links it is two steps: a crash between them leaves an empty file of this name. Only
    its owner may read it. FileExistsError: there is something of this name already, a link too. OSError when the
    disk does not take it; then there is no such file.
    """
    new = _beside(path, content)
    try:
        os.link(new, path)  # unlike a rename it never replaces
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        create_empty(path)  # takes the name on a file system without links
        try:
            replace(new, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    finally:
        new.unlink(missing_ok=True)


def _beside(
    path: Path, content: str | bytes, *, like: Path | None = None, is_synced: bool = True, suffix: str = ""
) -> Path:
    """A new file with this content beside `path`, with the rights and the owner of `like` if there is one, else 0600.

    OSError when the disk does not take it; then there is no such file.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=suffix)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if is_synced:
                os.fsync(file.fileno())
        if like is not None:
            give_to_owner_of(like, Path(name))
            Path(name).chmod(stat.S_IMODE(like.stat().st_mode))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def create_empty(path: Path) -> None:
    """Make an empty file, so that no other process takes the name. FileExistsError: there is something already."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _behind_link(path: Path) -> Path:
    """Give the file that a link leads to. One that another user has made is not followed: it is replaced."""
    if not path.is_symlink():
        return path
    link = path.lstat()
    return Path(os.path.realpath(path)) if is_own(link) or link.st_uid == 0 else path


def may_look_at(path: Path) -> bool:
    """False where this user may not enter a folder on the way."""
    try:
        is_there(path)
    except PermissionError:
        return False
    except OSError:  # a name that is too long, a disk that is gone
        pass
    return True


def is_there(path: Path) -> bool:
    """Whether it exists. Raises OSError when this user may not look: what `Path.exists` says then is no answer."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
