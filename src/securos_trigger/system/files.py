"""Files: whether one is there, and small ones that must never be found half written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put `text` into the file in one step: after a crash there stands what stood there before, or all of it.

    Only its owner may read it (mode 0600). OSError when the disk does not take it; then the file is as it was.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 0600
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def is_there(path: Path) -> bool:
    """Whether it exists. Raises OSError when this user may not look: what `Path.exists` says then is no answer."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
