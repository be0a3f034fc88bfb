"""The outboxes that processes of this machine have locked: a file that names another one now does not lead to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROCESSES: Final = Path("/proc")
_LOCK: Final = ".lock"


def locked_outboxes() -> Iterator[Path]:
    """The outbox files, by what processes hold open. Of those of this user, for root of all; on Linux alone."""
    try:
        processes = [one for one in _PROCESSES.iterdir() if one.name.isdigit()]
    except OSError:
        return
    for process in processes:
        try:
            files = [one.readlink() for one in (process / "fd").iterdir()]
        except OSError:  # it has ended, or is another user's
            continue
        yield from (file.with_suffix("") for file in files if file.suffix == _LOCK)
