"""Says where in a configuration something stands: the line, then pipeline, node and setting by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from securos_trigger.config.toml_lines import TomlLines, steps_of
from securos_trigger.errors import Mistake


def placed(mistakes: Iterable[Mistake], text: str, raw: Mapping[str, Any], ids: Mapping[str, str]) -> list[Mistake]:
    """The mistakes in the order of the file, each with its line and its place in words, and as it was (`place`).

    `raw` is what `text` holds. `ids` has the usual id of each node type, for nodes that set none.
    """
    lines = TomlLines(text)
    numbered = [(lines.line_of(mistake.where), mistake) for mistake in mistakes]
    numbered.sort(key=lambda pair: pair[0] or 0)
    return [
        replace(
            mistake,
            where=(f"line {line}: " if line else "") + in_words(mistake.where, raw, ids),
            place=mistake.where,
        )
        for line, mistake in numbered
    ]


def in_words(where: str, raw: Mapping[str, Any], ids: Mapping[str, str]) -> str:
    """`pipelines[0].nodes[3].trigger` as `pipeline yard, node alarm, trigger`; other places as they are."""
    steps = steps_of(where)
    if len(steps) < 2 or steps[0] != "pipelines" or not isinstance(steps[1], int):
        return where
    table = _item(raw.get("pipelines"), steps[1])
    name = table.get("name")
    name = " ".join(name.split()) if isinstance(name, str) else ""
    words = [f"pipeline {name}" if name else f"pipeline number {steps[1] + 1}"]
    rest = where.partition("].")[2]
    if len(steps) > 3 and steps[2] == "nodes" and isinstance(steps[3], int):
        node = _item(table.get("nodes"), steps[3])
        node_id = node.get("id") or ids.get(str(node.get("type")))
        words.append(f"node {node_id}" if isinstance(node_id, str) else f"node number {steps[3] + 1}")
        rest = rest.partition("].")[2]
    elif len(steps) > 3 and steps[2] in ("source", "sink"):
        words.append(str(steps[2]))
        rest = rest.partition(".")[2]
    return ", ".join([*words, rest] if rest else words)


def _item(tables: object, number: int) -> Mapping[str, Any]:
    item = tables[number] if isinstance(tables, list) and number < len(tables) else {}
    return item if isinstance(item, dict) else {}
