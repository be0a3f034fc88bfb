"""Examines this machine: who can read the secrets, and whether the outbox can keep events."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from securos_trigger.config.files import memory_warnings, why_not_made
from securos_trigger.config.secret_files import files_with_secrets
from securos_trigger.config.settings import OutboxSettings, Settings
from securos_trigger.doctor.findings import Finding, failed, ok, warning
from securos_trigger.doctor.mutes import examine_mutes
from securos_trigger.errors import OutboxError
from securos_trigger.errors.wording import counted
from securos_trigger.system.files import is_there
from securos_trigger.system.mounts import LEAST_FREE_MB, mount_of, space_to_free, total_mb_of, what_uses_space
from securos_trigger.system.owners import as_owner
from securos_trigger.system.reasons import reason_of

_MEGABYTE: Final = 1024**2

#: Counts the deliveries of an outbox file by state. OutboxError: it cannot be used.
CountsOf = Callable[[Path], Mapping[str, int]]


def examine_machine(config: Path, settings: Settings, counts_of: CountsOf | None) -> Iterator[Finding]:
    """Examine the configuration's warnings, the files that hold secrets, the outbox and its disk.

    `counts_of` counts the deliveries of an outbox by state; None: a service is starting that has it, and cannot yet.
    """
    for text in settings.warnings:
        what, _, fix = text.partition("\n    ")
        yield warning("settings", what, fix)
    yield from examine_secrets(config)
    yield _outbox(config, settings.outbox, counts_of)
    yield from _disk(settings.outbox)
    yield from examine_mutes(settings)
    for address, trigger in settings.trigger_nodes().items():
        if not trigger.properties.enabled:
            fix = f"To switch it on, take the line out of {config}, then `securos-trigger reload CONFIG`."
            yield warning("switched off", f"{address} sends nothing: enabled = false", fix)


def examine_secrets(config: Path) -> Iterator[Finding]:
    """Who may read the files with the secrets of a configuration."""
    try:
        files = tuple(files_with_secrets(config))
    except (OSError, ValueError):  # it cannot be read now, which is said of the file itself
        return
    if not files:
        yield ok("secrets", "from the environment")
    for file in files:
        if file.others_may is None:
            yield ok("secrets", f"{file.path} holds a password; who may read it was not examined: {file.fix}")
        elif file.warning:
            yield warning("secrets", file.warning, file.fix)
        else:
            yield ok("secrets", f"only its owner may read {file.path}")


def _outbox(config: Path, settings: OutboxSettings, counts_of: CountsOf | None) -> Finding:
    path = settings.path
    try:
        is_made = is_there(path)
    except OSError as error:
        fix = f"Run the doctor {as_owner(path)}."
        return failed("outbox", f"{path} cannot be looked at: {reason_of(error).lower()}", fix)
    if not is_made:
        if not (why := why_not_made(path)):
            return ok("outbox", f"{path} will be made at the first start")
        fix = f"Let the user who runs securos-trigger write there, or set outbox.path in {config}."
        return failed("outbox", f"{path} cannot be made: {why}", fix)
    if not os.access(path, os.R_OK | os.W_OK):
        fix = f"Run the doctor {as_owner(path)}, or give this user the file."
        return failed("outbox", f"{path} is not writable", fix)
    if counts_of is None:
        return warning("outbox", f"what is in {path} is not known while the service is starting")
    try:
        counts = counts_of(path)
    except OutboxError as error:
        fix = f"Look at the disk of {path}: is it full, read-only or gone? `securos-trigger status CONFIG` says more."
        return failed("outbox", str(error), fix)
    waiting = counts["waiting"] + counts["sending"]
    if counts["dead"]:
        text = f"{counted(counts['dead'], 'dead letter')}, {waiting} waiting"
        return warning("outbox", text, "`securos-trigger outbox list CONFIG`")
    return ok("outbox", f"{path} works: {waiting} waiting, no dead letters")


def _disk(settings: OutboxSettings) -> Iterator[Finding]:
    folder = _existing(settings.path.parent)
    free_bytes = shutil.disk_usage(folder).free
    try:
        used_bytes = settings.path.stat().st_size if is_there(settings.path) else 0
    except OSError:  # it may not be looked at, which `_outbox` reports
        used_bytes = 0
    may_grow_bytes = max(0, settings.max_size_mb * _MEGABYTE - used_bytes)
    text = f"{free_bytes // _MEGABYTE:,} MB free, the outbox may grow by {may_grow_bytes // _MEGABYTE:,} MB"
    in_memory = memory_warnings(settings.path)
    for one in in_memory:
        yield warning("disk", one.what, one.fix)
    if free_bytes < LEAST_FREE_MB * _MEGABYTE:  # a lower limit of the outbox gives none of it back
        mount = mount_of(settings.path)
        needed = space_to_free(mount, total_mb_of(folder / settings.path.name))
        yield failed("disk", text, f"{needed}. {what_uses_space(mount)}")
    elif free_bytes >= may_grow_bytes + LEAST_FREE_MB * _MEGABYTE:
        yield ok("disk", text)
    elif not in_memory:  # a folder on a disk, which is advised, has a disk's space
        most_mb = (used_bytes + free_bytes) // _MEGABYTE - LEAST_FREE_MB
        yield warning("disk", text, f"Free some space, or set outbox.max_size_mb lower: at most {most_mb:,} fit.")


def _existing(folder: Path) -> Path:
    """The folder, or its nearest parent that exists and that this user may see."""
    while True:
        try:
            if is_there(folder):
                return folder
        except OSError:  # it is in a folder that this user may not enter
            pass
        folder = folder.parent
