"""Recognises a configuration of `deliver`, and names what belongs to it. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.encoding import bytes_of
from securos_trigger.config.outbox_path import values_in
from securos_trigger.config.quick_tables import quick_tables
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.user_folders import below, user_state_folder

_RECEIVERS: Final = re.compile(rb"^\s*\[+\s*receivers\b", re.MULTILINE)


def is_deliver_config(path: Path) -> bool:
    """True for a configuration of `deliver`, also where it is not TOML. A file that cannot be read is none."""
    try:
        return "receivers" in quick_tables(path)
    except (OSError, RecursionError):
        return False
    except ValueError:
        return _RECEIVERS.search(bytes_of(path)) is not None


def kind_problem(tables: Mapping[str, Any], *, is_for_deliver: bool) -> str:
    """What a file is instead of a configuration for this command, and which command reads it. Empty: it may be one."""
    is_of_deliver, is_of_service = "receivers" in tables, "pipelines" in tables
    if is_for_deliver and is_of_service and not is_of_deliver:
        is_what = "this is the configuration of a service with pipelines, which `securos-trigger run` reads"
        return f"{is_what}; `securos-trigger deliver` reads one with [relay] and [[receivers]] (docs/cluster.md)"
    if is_for_deliver and not tables:
        return "the file is empty; `securos-trigger deliver` reads one with [relay] and [[receivers]] (docs/cluster.md)"
    if not is_for_deliver and is_of_deliver and not is_of_service:
        is_what = "this is a configuration of receivers, which `securos-trigger deliver` reads"
        return f"{is_what}; a service reads one with [[pipelines]] (docs/configuration.md)"
    return ""


def token_of_file(source: str) -> str:
    """A short name for a configuration, another one for every other file.

    Links to its folder and `..` make no difference. A link that is the file itself is not followed: where Kubernetes
    mounts a file, it leads to another place after each change.
    """
    path = Path(source).absolute()
    return hashlib.sha256(os.fsencode(real_path(path.parent) / path.name)).hexdigest()[:12]


def control_place(state_folder: object, base: Path, source: str) -> Path:
    """The file name beside which the control socket of a configuration stands. `base` is the folder of the file."""
    folder = below(base, state_folder) if isinstance(state_folder, str) and state_folder else user_state_folder()
    return folder / f"deliver-{token_of_file(source)}"


def control_places_of(config: Path) -> tuple[Path, ...]:
    """The same from `state_folder` of the file alone: a secret of another user or a mistake does not hide it.

    Of a file that is not TOML each value may be that folder, and the default one may be it.
    """
    try:
        folders: tuple[object, ...] = (quick_tables(config).get("state_folder"),)
    except (OSError, ValueError, RecursionError):
        folders = (*values_in(config), None)
    return tuple(control_place(folder, config.parent, str(config)) for folder in folders)
