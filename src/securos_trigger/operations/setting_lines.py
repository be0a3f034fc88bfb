"""Says on which line of a configuration a property of a trigger node stands."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.toml_lines import TomlLines
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.operations.remembered import remembered_settings


def line_in_file(config: Path, setting: str, address: str) -> int | None:
    """The line of `setting` of the node with this address (`pipeline/node` or `pipeline/camera/node`).

    None: it is not there, or the file has mistakes now.
    """
    try:
        settings, text = remembered_settings(config), config.read_text(encoding="utf-8-sig")
    except (SecurosTriggerError, OSError, UnicodeDecodeError):
        return None
    for number, pipeline in enumerate(settings.pipelines):
        for place, node in enumerate(pipeline.nodes):
            if address.startswith(f"{pipeline.name}/") and address.endswith(f"/{node.id}"):
                return _own_line(TomlLines(text), f"pipelines[{number}].nodes[{place}]", setting)
    return None


def _own_line(lines: TomlLines, node: str, setting: str) -> int | None:
    """The line of the setting; None where it is left out, and the line found is that of its node."""
    line = lines.line_of(f"{node}.{setting}")
    return None if line == lines.line_of(f"{node}.no_such_setting") else line
