"""Whether a service runs with a configuration file, or with another one that names the same outbox."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from securos_trigger.config.quick_tables import quick_tables
from securos_trigger.system.files import is_there
from securos_trigger.system.real_paths import real_path


def other_file(answer: Mapping[str, Any], config: Path) -> Path | None:
    """The other configuration file with which the service of this answer runs. None: it runs with `config`, or none.

    `answer` is that to `status` or `settings`, of the service with the outbox that `config` names. A file that says the
    same as the service's counts as the same: it may be a copy, or be seen under another path from a container. So does
    one that has a pipeline of the service, where the service's path is not there on this side.
    """
    of_service = answer.get("configuration") or {}
    path = of_service.get("path")
    if path is None or is_same_file(path, config):
        return None
    from securos_trigger.config.reader import digest_of  # it brings all settings, and is rarely needed

    try:
        digest = digest_of(config.read_text(encoding="utf-8-sig"))
        is_same = digest in (of_service.get("digest"), of_service.get("digest_now"))
    except (OSError, UnicodeDecodeError):
        is_same = False
    if is_same or (not _is_here(path) and _has_its_pipelines(answer, config)):
        return None
    return Path(path)


def is_same_file(path: str, config: Path) -> bool:
    """True for one path, and for two of one file: a hard link, or a file that is mounted in two places."""
    try:
        return real_path(path) == real_path(config) or config.samefile(path)
    except OSError:  # one is not there, or in a folder of another user
        return False


def is_other_file(path: Path, config: Path) -> bool:
    """True where there is another file at `path` on this machine, and it is no copy of `config`."""
    if is_same_file(str(path), config):
        return False
    try:
        return path.read_bytes() != config.read_bytes()
    except OSError:  # it may be the same one, seen from a container
        return False


def _is_here(path: str) -> bool:
    try:
        return is_there(Path(path))
    except OSError:  # in a folder of another user: nothing can be compared with it
        return False


def _has_its_pipelines(answer: Mapping[str, Any], config: Path) -> bool:
    """True when the file has a pipeline of the service of this answer, or neither has one, or the service starts."""
    if answer.get("is_starting"):
        return True
    try:
        pipelines = quick_tables(config).get("pipelines", ())
        in_file = {one.get("name") for one in pipelines}
        in_file |= {node.get("id") for one in pipelines for node in one.get("nodes", ())}
    except (OSError, ValueError, RecursionError, AttributeError, TypeError):  # it says nothing that can be compared
        return False
    running = (answer.get("settings") or answer).get("pipelines", ())
    of_service = {one["name"] for one in running if one["name"]}
    if not of_service:  # a program with a loop of its own has nodes, and no pipeline
        of_service = {one["address"] for one in answer.get("nodes", ())}
        of_service |= {node["id"] for one in running for node in one["nodes"]}
    return bool(of_service & in_file) or not (of_service or in_file)
