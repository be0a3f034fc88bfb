"""What a person can do about a file that cannot be written, by the cause."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import Final

_OTHER: Final = "look at its disk; the log of the system says more"


def advice_for(error: OSError, path: Path, *, rights: str = "") -> str:
    """What to do when `path` could not be written, as an instruction without a full stop.

    `rights` is what to do where this user may not write it.
    """
    folder = path.absolute().parent
    if isinstance(error, TimeoutError):  # it waited for the lock
        return f"try again: another process changes {path}"
    match error.errno:
        case errno.ENOENT if not folder.is_dir():
            return f"make the folder {folder}"
        case errno.ENOENT:
            return "find out which program removes the file while it is written"
        case errno.ENOSPC if _is_device(path):
            return f"name a file: {path} is a device that takes nothing"
        case errno.ENOSPC | errno.EDQUOT:
            return space_advice(folder)
        case errno.EFBIG:
            return "raise the limit of a file's size (`ulimit -f`, LimitFSIZE), or name a place without one"
        case errno.EROFS:
            return f"name another place, or mount it writable: {folder} is read-only"
        case errno.EACCES | errno.EPERM:
            return rights or f"give the user of this process the right to write in {folder}"
        case errno.EISDIR | errno.ENOTDIR | errno.ENXIO if not _is_pipe(path):
            return f"name a file in a folder: {path} cannot be one"
        case errno.EPIPE | errno.ENXIO:
            return f"start the program that reads the pipe {path}"
        case errno.EEXIST if folder.exists() and not folder.is_dir():
            return f"move {folder} away, and make a folder of this name"
        case errno.EEXIST:
            return 'name another file, or write existing = "number"'
        case errno.ENAMETOOLONG:
            return "give it a shorter name"
        case errno.EMFILE | errno.ENFILE:
            return "raise the limit of open files (`ulimit -n`, LimitNOFILE)"
    return _OTHER


def space_advice(folder: Path) -> str:
    """What to do when the disk of a folder is full."""
    return f"free some space on the disk of {folder}, or a quota"


def _is_device(path: Path) -> bool:
    return stat.S_ISCHR(_mode(path))


def _is_pipe(path: Path) -> bool:
    return stat.S_ISFIFO(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
