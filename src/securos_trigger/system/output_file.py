"""Files that a run writes: under a name of their own until they are finished, and never over another file by accident.

A file is written as `<name>.partial`, which no other file has, and gets its own name when it is whole. A process that
was killed leaves the `.partial`. What is there before is replaced only where a person has asked for it. A new file is
for its owner alone (mode 0600): people are seen in videos and recordings.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Hashable, Iterator
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import BinaryIO

from securos_trigger.system.files import NO_LINKS
from securos_trigger.system.platform import open_file, open_pipe, replace


class Existing(StrEnum):
    """What happens when there is a file of this name already."""

    #: The new file gets a number: `yard-2.mp4`.
    NUMBER = "number"
    #: The new file takes its place when it is whole.
    REPLACE = "replace"
    #: Nothing is written.
    REFUSE = "refuse"


def identity_of(path: Path) -> Hashable:
    """What is equal for two paths that lead to one file, through links too; also for one that does not exist yet."""
    try:
        found = path.stat()
    except OSError:
        return os.path.realpath(path)
    return _identity(found)


def _identity(found: os.stat_result) -> Hashable:
    return found.st_dev, found.st_ino


class OutputFile:
    """A file that is being written: write to `file`, then `finish` it, or `leave` what cannot be finished.

    `path` is its name in the end. Devices and pipes are written directly. OSError when it cannot be written,
    FileExistsError (one of them) when a file is there and `existing` is REFUSE.
    """

    def __init__(self, path: Path, existing: Existing) -> None:
        # Behind a link: the link stays, and the file that it leads to is replaced.
        self.path = Path(os.path.realpath(path)) if existing is Existing.REPLACE else path
        self._existing = existing
        self._is_direct = _is_device_or_pipe(path)
        self._replaced = identity_of(self.path)
        if existing is Existing.REFUSE and not self._is_direct and os.path.lexists(path):
            raise _exists(path)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        self.file: BinaryIO = _opened(path) if self._is_direct else self._open()
        self._written = _identity(os.fstat(self.file.fileno()))

    @property
    def partial_path(self) -> Path:
        """The name that the file has until it is finished."""
        return self.path if self._is_direct else Path(self.file.name)

    @property
    def has_partial(self) -> bool:
        """True while the file is there under its `partial_path`. False: a device, finished, removed or replaced."""
        return not self._is_direct and identity_of(self.partial_path) == self._written

    def require_name(self) -> None:
        """FileNotFoundError when another program has removed or replaced the file: what is written is lost."""
        if not self._is_direct and not self.has_partial:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.partial_path))

    def finish(self) -> Path:
        """Give the file its name, and return it. OSError when the disk does not take the rest; then it is left."""
        with self.file:
            self.file.flush()
            if not self._is_direct:
                os.fsync(self.file.fileno())
        if self._is_direct:
            return self.path
        partial = self.partial_path
        if self._existing is Existing.REPLACE:
            if identity_of(self.path) != self._replaced:
                raise _exists(self.path)  # another file has taken the name meanwhile, and it was not meant
            replace(partial, self.path)
            return self.path
        candidates = iter([self.path]) if self._existing is Existing.REFUSE else _numbered(self.path)
        for candidate in candidates:
            if _is_renamed(partial, candidate):
                self.path = candidate
                return candidate
        raise _exists(self.path)

    def leave(self, size: int | None = None) -> None:
        """Close the file; what is in it stays under the name that ends in `.partial`: all, or the first `size` bytes.

        Also after a `finish` that has failed. OSError: it was not closed well, or could not be cut.
        """
        kept_bytes = size if self.has_partial else None
        try:
            self.file.close()  # may fail on what is still to be written
        finally:
            if kept_bytes is not None:
                os.truncate(self.partial_path, kept_bytes)

    def discard(self) -> None:
        """Close the file and remove it, unless another program has put one in its place. OSError: not closed well."""
        is_ours = self.has_partial
        try:
            self.file.close()  # may fail on what is still to be written
        finally:
            if is_ours:
                self.partial_path.unlink(missing_ok=True)

    def _open(self) -> BinaryIO:
        is_numbered = self._existing is Existing.NUMBER
        for candidate in _numbered(self.path):
            if is_numbered and os.path.lexists(candidate):
                continue
            try:
                partial = candidate.with_name(candidate.name + ".partial")
                file = open(partial, "xb", opener=_for_owner)  # noqa: SIM115  never one that is there
            except FileExistsError:
                continue
            self.path = candidate if is_numbered else self.path
            return file
        raise AssertionError("numbers do not end")


def _for_owner(path: str, flags: int) -> int:
    return open_file(Path(path), flags)


def _numbered(path: Path) -> Iterator[Path]:
    """The path, then the same with -2, -3 … before its extension (`.jsonl.gz` is one)."""
    yield path
    extension = path.suffix
    if extension == ".gz":
        extension = Path(path.stem).suffix + extension
    stem = path.name.removesuffix(extension)
    for number in count(2):
        yield path.with_name(f"{stem}-{number}{extension}")


def _is_renamed(partial: Path, path: Path) -> bool:
    """Give the file a name that no file has. False: one has it."""
    try:
        os.link(partial, path)  # unlike a rename it never replaces
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(path):
            return False
        partial.rename(path)
        return True
    partial.unlink()
    return True


def _opened(path: Path) -> BinaryIO:
    """A device or a pipe. OSError (ENXIO) when no program reads the pipe: to wait for one would stop the video."""
    return os.fdopen(open_pipe(path), "wb") if stat.S_ISFIFO(path.stat().st_mode) else path.open("wb")


def _is_device_or_pipe(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
