"""Finds the outbox of a configuration alone: a mistake elsewhere in the file does not hide it, and it takes no time."""

from __future__ import annotations

import tomllib
from pathlib import Path


def named_outbox(config: Path) -> Path | None:
    """The file that `[outbox] path` names. None: it names none, or the file must be read whole to say what is wrong."""
    try:
        tables = tomllib.loads(config.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except (OSError, ValueError):
        return None
    outbox = tables.get("outbox")
    path = outbox.get("path") if isinstance(outbox, dict) else None
    return config.parent / path if isinstance(path, str) and path else None
