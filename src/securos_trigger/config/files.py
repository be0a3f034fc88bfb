"""The files that a configuration names: which it reads, which it writes, and that these are never the same.

No output may be a source, the configuration, a model, a secret, another output or a file of the outbox: by the file
itself, through links, not by its name.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from securos_trigger.analytics.settings import RecorderSettings
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.system.files import is_there, may_look_at
from securos_trigger.system.mounts import IN_MEMORY, file_system_of
from securos_trigger.system.output_file import identity_of
from securos_trigger.system.owners import as_owner
from securos_trigger.system.path_kinds import PathKind, kind_of, leads_to_itself

_FIX = "Give every output a file of its own."
# What stands beside the outbox file.
_OUTBOX_SUFFIXES = ("-wal", "-shm", ".lock", ".reserve", ".control", ".starting")


_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]+%")
#: The folder that `sqlite://…` and the like would make.
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


#: File systems of the kernel, which keep no file of a program.
_OF_KERNEL: Final = frozenset({"proc", "sysfs", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "devpts"})


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file, the place in the configuration that names it, and what it is, in a few words."""

    path: Path
    where: str
    what: str
    #: What the name of such a file ends in, where that is known.
    suffix: str = ""


def files_read(settings: Settings) -> Iterator[NamedFile]:
    """Every file that the configuration reads, itself included."""
    if settings.source:
        yield NamedFile(Path(settings.source), "", "this configuration")
    for path in settings.secret_files:
        yield NamedFile(path, "", "the file of a secret")
    for number, pipeline in enumerate(settings.pipelines):
        place = f"pipelines[{number}]"
        source = pipeline.source.transport if pipeline.has_input else pipeline.source
        yield from _paths_of(source, f"{place}.source", f'the source of "{pipeline.name}"')
        for node_number, node in enumerate(pipeline.nodes):
            where = f"{place}.nodes[{node_number}]"
            if isinstance(node, TriggerSettings):
                if node.properties.iss_ca_file:
                    yield NamedFile(Path(node.properties.iss_ca_file), f"{where}.iss_ca_file", f"a file of {node.id}")
            elif not isinstance(node, RecorderSettings):
                yield from _paths_of(node, where, f"a file of {node.id}")


def files_written(settings: Settings) -> Iterator[NamedFile]:
    """Every file that the configuration writes."""
    for number, pipeline in enumerate(settings.pipelines):
        yield from _outputs_of(pipeline, f"pipelines[{number}]")
    outbox = settings.outbox.path
    if settings.ledger.enabled:
        yield NamedFile(settings.ledger_path, "ledger.path", "the ledger")
    yield NamedFile(outbox, "outbox.path", "the outbox")
    beside = [outbox.name + suffix for suffix in _OUTBOX_SUFFIXES]
    for name in (*beside, f"{outbox.stem}.health.json", "trusted-certificates.json"):
        yield NamedFile(outbox.with_name(name), "outbox.path", f"{name}, which belongs to the outbox")


def file_mistakes(settings: Settings, *, has_files: bool = False) -> list[Mistake]:
    """The outputs that are a file which the configuration reads, or another output."""
    taken: dict[Hashable, NamedFile] = {}
    for file in files_read(settings):
        if not _is_for_many(file.path, may_be_pipe=True):  # one pipeline may write to the pipe that another reads
            taken.setdefault(identity_of(file.path), file)
    mistakes = _unusable(settings.outbox.path, has_files=has_files) + list(_no_paths(settings))
    mistakes += _folders(settings)
    for file in reversed(list(files_written(settings))):  # the outbox first: a mistake stands at what can be moved
        if _is_for_many(file.path):
            continue
        other = taken.setdefault(identity_of(file.path), file)
        if other is not file:
            mistakes.append(Mistake(file.where, f"{file.path} is {other.what}", _FIX))
    return mistakes[::-1]


def _is_for_many(path: Path, *, may_be_pipe: bool = False) -> bool:
    """True for a device such as /dev/null, which any number of pipelines may write to without harm; and for a pipe."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(mode) or (may_be_pipe and stat.S_ISFIFO(mode))


def _folders(settings: Settings) -> Iterator[Mistake]:
    """Videos and recordings whose name is that of a folder: the file would stand beside it, under another name."""
    for number, pipeline in enumerate(settings.pipelines):
        for file in _outputs_of(pipeline, f"pipelines[{number}]"):
            if kind_of(file.path) is PathKind.FOLDER:
                what = f"{file.path} is a folder, and a file is expected"
                yield Mistake(file.where, what, f"Name a file in it: {file.path / pipeline.name}{file.suffix}")


def _no_paths(settings: Settings) -> Iterator[Mistake]:
    """Paths that are something else: a folder called `$HOME`, or a file called `:memory:`, would be made."""
    files = (*files_read(settings), *files_written(settings))
    named = {file.where: file.path for file in reversed(files) if file.where}
    if settings.ledger.path is None:  # it stands beside the outbox
        named.pop("ledger.path", None)
    for where, path in named.items():
        for number, part in enumerate(path.parts, start=1):
            what, fix = _no_path(part, is_last=number == len(path.parts))
            if what and kind_of(Path(*path.parts[:number])) is PathKind.NOTHING:
                yield Mistake(where, what, fix)
                break


def _no_path(part: str, *, is_last: bool) -> tuple[str, str]:
    """Why a part of a path is something else, and how to fix it. An address is not repeated: it may hold a password."""
    if _VARIABLE.fullmatch(part):
        return f"{part} is not replaced in a path", "Write ~ for the home folder, or the whole path."
    if is_last and part == ":memory:":
        return "this is what SQLite calls a database in memory, not a path", "Name a file on a disk."
    if part.startswith("file:") if is_last else _SCHEME.fullmatch(part):
        return "this is an address, not a path", "Write the path of a file alone."
    return "", ""


def _unusable(outbox: Path, *, has_files: bool) -> list[Mistake]:
    """Why the outbox can never be a file there: something else is there, or a file stands where its folder should.

    Where this user may not look nothing is said: the start does.
    """
    if kind_of(outbox) is PathKind.FOLDER:
        return [Mistake("outbox.path", f"{outbox} is a folder, and a file is expected", "Name a file in it.")]
    if kind_of(outbox) is PathKind.OTHER:
        what = f"{outbox} is a device or a named pipe, and a file on a disk is expected"
        return [Mistake("outbox.path", what, "Name a file.")]
    if leads_to_itself(outbox):
        return [Mistake("outbox.path", f"{outbox} goes through a link that leads to itself", "Remove that link.")]
    kinds = ((folder, kind_of(folder)) for folder in outbox.parents)
    above, kind = next((found for found in kinds if found[1] is not PathKind.NOTHING), (outbox, PathKind.UNKNOWN))
    if has_files and kind in (PathKind.FILE, PathKind.OTHER):
        return [Mistake("outbox.path", f"{above} is a file, so nothing can be in it", "Name another folder.")]
    return []


def memory_warnings(outbox: Path) -> list[Mistake]:
    """That a restart of this machine loses the outbox, where it does."""
    if (file_system := file_system_of(outbox)) not in IN_MEMORY:
        return []
    what = f"{outbox} is in memory ({file_system}): a power cut or a restart of the machine loses its events"
    return [Mistake("outbox.path", what, "Set outbox.path to a folder on a disk.")]


def why_not_made(outbox: Path) -> str:
    """Why this user cannot make an outbox that is not there yet. Empty: it can, or it is there."""
    folder = next((one for one in outbox.parents if kind_of(one) is not PathKind.NOTHING), None)
    if folder is None or PathKind.UNKNOWN in (kind_of(folder), kind_of(outbox)) or is_there(outbox):
        return ""
    if (file_system := file_system_of(outbox)) in _OF_KERNEL:
        return f"{folder} is of the kernel ({file_system}), and no file can be kept there"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} is not writable"


def outbox_warnings(outbox: Path) -> list[Mistake]:
    """What the place of an outbox does not give: the rights to look into it or to make it, or a disk."""
    if why := why_not_made(outbox):
        fix = "Let the user who runs securos-trigger write there, or name another folder."
        return [Mistake("outbox.path", f"{outbox} cannot be made: {why}", fix)]
    if may_look_at(outbox):
        return memory_warnings(outbox)
    what = f"{outbox} cannot be looked at: permission denied"
    fix = f"Run securos-trigger {as_owner(outbox)}, or let outbox.path name a folder of this user."
    return [Mistake("outbox.path", what, fix)]


def require_separate_files(settings: Settings) -> None:
    """ConfigurationError when an output is now a file that it may not be: links may have changed since the check."""
    if mistakes := file_mistakes(settings):
        raise ConfigurationError(mistakes, settings.source)


def _outputs_of(pipeline: PipelineSettings, place: str) -> Iterator[NamedFile]:
    for number, node in enumerate(pipeline.nodes):
        if isinstance(node, RecorderSettings):
            yield NamedFile(node.path, f"{place}.nodes[{number}].path", f"the recording of {node.id}", ".jsonl")
    for file in _paths_of(pipeline.sink, f"{place}.sink", f'the sink of "{pipeline.name}"'):
        yield replace(file, suffix=".mp4")


def _paths_of(part: Any, where: str, what: str) -> Iterator[NamedFile]:
    """Every path among the settings of a source, a node or a sink."""
    for name, value in part or ():
        if isinstance(value, Path):
            yield NamedFile(value, f"{where}.{name}", what)
