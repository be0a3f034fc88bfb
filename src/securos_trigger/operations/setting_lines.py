"""Says on which line of a configuration a property of a trigger node stands, and where its password is written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from securos_trigger.config.named_cameras import named_cameras, names_all_cameras
from securos_trigger.config.settings import Settings
from securos_trigger.config.toml_lines import TomlLines
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.errors.source_fixes import ITS_URL
from securos_trigger.model import Address
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.system.file_stamps import FileStamp, stamp_of
from securos_trigger.system.user_folders import below

_TOKEN: Final = "the receiver's token (TOKEN of its script)"
_RELOAD: Final = "`securos-trigger reload CONFIG`"
#: Lines, and places of passwords, that one text names.
_MOST_NAMED: Final = 3


class _Node(NamedTuple):
    """A trigger node of a file: the lines of its settings, and those of the camera map of its pipeline.

    `password_in` is the table that names the file or variable of its password. The password itself is not kept.
    """

    lines: Mapping[str, int]
    camera_map: tuple[str, int] | None
    password_in: Mapping[str, Any] | None


class SettingLines:
    """Where the settings of the trigger nodes of one file stand. It knows none while the file has mistakes."""

    def __init__(
        self,
        folder: Path,
        nodes: Mapping[tuple[str, str], _Node],
        cameras: Mapping[str, Collection[str]] | None = None,
        urls: Mapping[str, int] | None = None,
    ) -> None:
        """`cameras` are those that events may go to, by receiver; None: not known. `urls`: see `with_line_of_url`."""
        self._urls = urls or {}
        self._folder = folder
        self._nodes = nodes
        self._cameras = cameras

    def line(self, setting: str, address: str) -> int | None:
        """The line of `setting` of the node with this address (`pipeline/node` or `pipeline/camera/node`).

        None: it is not there.
        """
        node = self._node(address)
        return None if node is None else node.lines.get(setting)

    def cameras(self, address: str) -> tuple[str, int] | None:
        """The setting that names the cameras of the node, and its line.

        It is `iss_camera_ids`, or `cameras of pipeline first`. None: neither is there.
        """
        node = self._node(address)
        if node is None:
            return None
        line = node.lines.get("iss_camera_ids")
        return node.camera_map if line is None else ("iss_camera_ids", line)

    def with_line_of_url(self, fix: str, pipeline: str) -> str:
        """The text with the line of the source's address, where it says `its url`: `its url (line 12)`."""
        line = self._urls.get(pipeline)
        return fix if line is None else fix.replace(ITS_URL, f"{ITS_URL} (line {line})")

    def may_send_to(self, target: str, camera: str) -> bool:
        """False: nothing in the file sends to this camera of the receiver, whatever a source sees or says."""
        return self._cameras is None or camera in self._cameras.get(target, ())

    def password_fix(self, addresses: Sequence[str]) -> str:
        """Where the receiver's token is to be written, when it refuses that of these nodes; empty: it is not known.

        The name of a file or variable is said only when there is one: else it may be the password itself, in a wrong
        place.
        """
        lines: dict[str, dict[int, None]] = {}
        for node in filter(None, map(self._node, addresses)):
            if (line := node.lines.get("iss_password")) is not None:
                lines.setdefault(_where_to_write(node.password_in, self._folder), {})[line] = None
        named = [where.replace("{}", _lines_text(list(found))) for where, found in lines.items()]
        others = sum(len(found) for found in list(lines.values())[_MOST_NAMED:])
        more = [f"Do the same for {others} more lines with iss_password."] if others else []
        return " ".join([*named[:_MOST_NAMED], *more])

    def _node(self, address: str) -> _Node | None:
        """The node with this address. Names may have slashes: one that the file names goes before a camera's."""
        parts = address.split("/")
        splits = ((start, end) for start in range(1, len(parts)) for end in range(start, len(parts)))
        found = []
        for start, end in splits:
            pipeline, camera, node = ("/".join(some) for some in (parts[:start], parts[start:end], parts[end:]))
            if (pipeline, node) in self._nodes and address == str(Address(pipeline, camera, node)):
                found.append((camera, self._nodes[pipeline, node]))
        return min(found, key=lambda one: len(one[0]))[1] if found else None


def setting_lines(config: Path) -> SettingLines:
    """The lines of a file, read at most once until it is written again: a status asks for those of every node."""
    try:
        return _read(config, stamp_of(config))
    except (SecurosTriggerError, OSError, UnicodeDecodeError):
        return SettingLines(config.parent, {})


@lru_cache(maxsize=4)
def _read(config: Path, _stamp: FileStamp | None) -> SettingLines:
    settings, text = remembered_settings(config), config.read_text(encoding="utf-8-sig")
    cameras, lines = named_cameras(settings) if names_all_cameras(settings) else None, TomlLines(text)
    nodes = dict(_nodes_of(settings, lines, tomllib.loads(text).get("pipelines", ())))
    return SettingLines(config.parent, nodes, cameras, dict(_urls_of(settings, lines)))


def _nodes_of(
    settings: Settings, lines: TomlLines, in_file: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[tuple[str, str], _Node]]:
    """The trigger nodes of the file by the names of their pipelines and their own."""
    for number, (pipeline, written) in enumerate(zip(settings.pipelines, in_file, strict=True)):
        at = f"pipelines[{number}]"
        line = lines.line_of(f"{at}.cameras") if "cameras" in written else None
        camera_map = None if line is None else (f"cameras of pipeline {pipeline.name}", line)
        for place, (node, own) in enumerate(zip(pipeline.nodes, written.get("nodes", ()), strict=True)):
            found = {name: lines.line_of(f"{at}.nodes[{place}].{name}") for name in own}
            password = own.get("iss_password")
            named = {name: line for name, line in found.items() if line is not None}
            yield (
                (pipeline.name, node.id),
                _Node(named, camera_map, password if isinstance(password, dict) else None),
            )


def _urls_of(settings: Settings, lines: TomlLines) -> Iterator[tuple[str, int]]:
    """The names of pipelines whose source has an address, and its line."""
    for number, pipeline in enumerate(settings.pipelines):
        line = lines.line_of(f"pipelines[{number}].source.url")
        if hasattr(pipeline.source, "url") and line is not None:
            yield pipeline.name, line


def _where_to_write(password_in: Mapping[str, Any] | None, base: Path) -> str:
    """What to do, with `{}` in the place of the lines of iss_password."""
    match password_in:
        case {"env": str(name)}:
            variable = f"the environment variable {name}" if name in os.environ else "the environment variable"
            return (
                f"Set {variable} that iss_password ({{}}) names to {_TOKEN}, then restart the service: a reload does "
                "not change its environment."
            )
        case {"file": str(name)}:
            file = below(base.absolute(), name)
            named = (
                f"{file}, which iss_password ({{}}) names"
                if file.is_file()
                else "the file that iss_password ({}) names"
            )
            return f"Write {_TOKEN} into {named}, then {_RELOAD}."
    return f"Write {_TOKEN} into iss_password ({{}}), then {_RELOAD}."


def _lines_text(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:_MOST_NAMED]))}{more}"
