"""The outboxes that a service started with a file has locked: the file may name another one since."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from securos_trigger.system.real_paths import real_path

_PROCESSES: Final = Path("/proc")
_LOCK: Final = ".lock"


def locked_outboxes(config: Path) -> Iterator[Path]:
    """The outbox files of the processes that were started with `config` in their command, by what they hold open.

    Processes of this user, for root of all; on Linux alone. A program of one's own does not name the file.
    """
    try:
        processes = [one for one in _PROCESSES.iterdir() if one.name.isdigit()]
    except OSError:
        return
    for process in processes:
        try:
            if _is_started_with(process, config):
                files = [one.readlink() for one in (process / "fd").iterdir()]
                yield from (file.with_suffix("") for file in files if file.suffix == _LOCK)
        except OSError:  # it has ended, or is another user's
            continue


def _is_started_with(process: Path, config: Path) -> bool:
    words = os.fsdecode((process / "cmdline").read_bytes()).split("\0")
    named = [word for word in words if word.endswith(config.name)]
    return any(real_path(process / "cwd" / one) == real_path(config) for one in named)
