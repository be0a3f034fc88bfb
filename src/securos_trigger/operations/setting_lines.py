"""Says on which line of a configuration a property of a trigger node stands."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.toml_lines import TomlLines
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.model import Address
from securos_trigger.operations.remembered import remembered_settings


def line_in_file(config: Path, setting: str, address: str) -> int | None:
    """The line of `setting` of the node with this address (`pipeline/node` or `pipeline/camera/node`).

    None: it is not there, or the file has mistakes now.
    """
    try:
        settings, text = remembered_settings(config), config.read_text(encoding="utf-8-sig")
    except (SecurosTriggerError, OSError, UnicodeDecodeError):
        return None
    found = [
        (camera, f"pipelines[{number}].nodes[{place}]")
        for number, pipeline in enumerate(settings.pipelines)
        for place, node in enumerate(pipeline.nodes)
        if (camera := _camera_in(address, pipeline.name, node.id)) is not None
    ]
    if not found:
        return None
    _, node_place = min(found, key=lambda one: len(one[0]))  # names may have slashes: what the file itself names
    return _own_line(TomlLines(text), node_place, setting)


def _camera_in(address: str, pipeline: str, node: str) -> str | None:
    """The camera in an address of this node; empty: it names none. None: it is an address of another node."""
    camera = address[len(f"{pipeline}/") : -len(f"/{node}")]
    return camera if address == str(Address(pipeline, camera, node)) else None


def _own_line(lines: TomlLines, node: str, setting: str) -> int | None:
    """The line of the setting; None where it is left out, and the line found is that of its node."""
    line = lines.line_of(f"{node}.{setting}")
    return None if line == lines.line_of(f"{node}.no_such_setting") else line
