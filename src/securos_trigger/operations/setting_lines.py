"""Says on which line of a configuration a property of a trigger node stands, and where its password is written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from securos_trigger.config.toml_lines import TomlLines
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.model import Address
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.system.user_folders import below

_TOKEN: Final = "the receiver's token (AUTH_TOKEN of its script)"
_RELOAD: Final = "`securos-trigger reload CONFIG`"


class _Node(NamedTuple):
    """A trigger node in the text of a file: at the numbers of its pipeline and in it."""

    text: str
    pipeline: int
    node: int

    def line(self, setting: str) -> int | None:
        """The line of the setting; None where it is left out, and the line found is that of the node."""
        lines, place = TomlLines(self.text), f"pipelines[{self.pipeline}].nodes[{self.node}]"
        line = lines.line_of(f"{place}.{setting}")
        return None if line == lines.line_of(f"{place}.no_such_setting") else line

    def camera_map(self) -> tuple[str, int] | None:
        """The camera map of its pipeline, `cameras of pipeline first`, and its line; None: it has none."""
        lines, place = TomlLines(self.text), f"pipelines[{self.pipeline}]"
        line = lines.line_of(f"{place}.cameras")
        if line is None or line == lines.line_of(f"{place}.no_such_setting"):
            return None
        return f"cameras of pipeline {tomllib.loads(self.text)['pipelines'][self.pipeline]['name']}", line

    def value(self, setting: str) -> object:
        """What the file has there; None: nothing."""
        return tomllib.loads(self.text)["pipelines"][self.pipeline]["nodes"][self.node].get(setting)


def line_in_file(config: Path, setting: str, address: str) -> int | None:
    """The line of `setting` of the node with this address (`pipeline/node` or `pipeline/camera/node`).

    None: it is not there, or the file has mistakes now.
    """
    node = _node_in(config, address)
    return None if node is None else node.line(setting)


def cameras_in_file(config: Path, address: str) -> tuple[str, int] | None:
    """The setting that names the cameras of the node, and its line: `iss_camera_ids`, or `cameras of pipeline first`.

    None: neither is there, or the file has mistakes now.
    """
    node = _node_in(config, address)
    if node is None:
        return None
    line, of_map = node.line("iss_camera_ids"), node.camera_map()
    return ("iss_camera_ids", line) if line is not None else of_map


def password_fix(config: Path, addresses: Sequence[str]) -> str:
    """Where the receiver's token is to be written, when it refuses that of these nodes; empty: it is not known.

    The name of a file or variable is said only when there is one: else it may be the password itself, in a wrong place.
    """
    lines: dict[str, list[int]] = {}
    for address in addresses:
        node = _node_in(config, address)
        line = None if node is None else node.line("iss_password")
        if node is not None and line is not None:
            found = lines.setdefault(_where_to_write(node.value("iss_password"), config.parent), [])
            found += [line] if line not in found else []
    return " ".join(where.replace("{}", _lines_text(found)) for where, found in lines.items())


def _where_to_write(password: object, base: Path) -> str:
    """What to do, with `{}` in the place of the lines of iss_password."""
    match password:
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
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"


def _node_in(config: Path, address: str) -> _Node | None:
    try:
        settings, text = remembered_settings(config), config.read_text(encoding="utf-8-sig")
    except (SecurosTriggerError, OSError, UnicodeDecodeError):
        return None
    found = [
        (camera, _Node(text, number, place))
        for number, pipeline in enumerate(settings.pipelines)
        for place, node in enumerate(pipeline.nodes)
        if (camera := _camera_in(address, pipeline.name, node.id)) is not None
    ]
    return min(found, key=lambda one: len(one[0]))[1] if found else None  # names may have slashes: what the file names


def _camera_in(address: str, pipeline: str, node: str) -> str | None:
    """The camera in an address of this node; empty: it names none. None: it is an address of another node."""
    camera = address[len(f"{pipeline}/") : -len(f"/{node}")]
    return camera if address == str(Address(pipeline, camera, node)) else None
