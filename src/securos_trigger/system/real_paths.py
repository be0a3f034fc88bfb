"""The file that a path leads to behind its links."""

from __future__ import annotations

import os
from pathlib import Path


def real_path(path: Path | str) -> Path:
    """The same file without links. Of links in a circle the path itself: to open it says what is wrong.

    (`Path.resolve` raises a RuntimeError for them, and only in some versions of Python.)
    """
    return Path(os.path.realpath(path))
