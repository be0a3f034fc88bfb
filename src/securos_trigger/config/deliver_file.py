"""Recognises a configuration of `deliver`, and names what belongs to it. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from securos_trigger.config.quick_tables import quick_tables
from securos_trigger.system.user_folders import below, user_state_folder


def is_deliver_config(path: Path) -> bool:
    """True for a configuration of `deliver`. A file that cannot be read is none."""
    try:
        return "receivers" in quick_tables(path)
    except (OSError, ValueError, RecursionError):
        return False


def token_of_file(source: str) -> str:
    """A short name for a configuration, another one for every other file.

    Links to its folder and `..` make no difference. A link that is the file itself is not followed: where Kubernetes
    mounts a file, it leads to another place after each change.
    """
    path = Path(source).absolute()
    return hashlib.sha256(os.fsencode(path.parent.resolve() / path.name)).hexdigest()[:12]


def control_place(state_folder: object, base: Path, source: str) -> Path:
    """The file name beside which the control socket of a configuration stands. `base` is the folder of the file."""
    folder = below(base, state_folder) if isinstance(state_folder, str) and state_folder else user_state_folder()
    return folder / f"deliver-{token_of_file(source)}"


def control_place_of(config: Path) -> Path:
    """The same from `state_folder` of the file alone: a secret of another user or a mistake does not hide it."""
    try:
        raw = quick_tables(config)
    except (OSError, ValueError, RecursionError):
        raw = {}
    return control_place(raw.get("state_folder"), config.parent, str(config))
