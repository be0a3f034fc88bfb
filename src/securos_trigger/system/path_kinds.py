"""Asks the disk what stands at a path, and answers also where this user may not look."""

from __future__ import annotations

import errno
import stat
from enum import Enum, auto
from pathlib import Path
from typing import Final

_NOTHING_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP, errno.ENAMETOOLONG})


class PathKind(Enum):
    """What stands at a path. UNKNOWN: this user may not look, or the disk does not answer."""

    NOTHING = auto()
    FILE = auto()
    FOLDER = auto()
    OTHER = auto()
    UNKNOWN = auto()


def kind_of(path: Path) -> PathKind:
    """What stands at `path`, through links. It raises nothing: `Path.is_file` does where a folder is not searchable."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return PathKind.NOTHING if error.errno in _NOTHING_THERE else PathKind.UNKNOWN
    except ValueError:  # a path with a null character
        return PathKind.NOTHING
    if stat.S_ISDIR(mode):
        return PathKind.FOLDER
    return PathKind.FILE if stat.S_ISREG(mode) else PathKind.OTHER


def leads_to_itself(path: Path) -> bool:
    """True when a link on the way to `path` leads back to itself: nothing can ever be there."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    except ValueError:  # a path with a null character
        return False
    return False
