"""Writes a new configuration as TOML, with comments: for `init` and `import lumeo`.

A file that is there is changed by `config/editing.py`, which needs tomlkit; a new one must not need that extra.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: The heading of a node of the pipeline above it.
NODE: Final = "[[pipelines.nodes]]"

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100


@dataclass(slots=True)
class Table:
    """A table of the file: its heading, its values in order, and the comments above it."""

    heading: str
    values: dict[str, Any] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)


def text_of(head: Iterable[str], tables: Iterable[Table]) -> str:
    """The whole file. A table without a heading is its comments only."""
    blocks = [_comments(head)]
    for table in tables:
        lines = [_comments(table.comments)] if table.comments else []
        if table.heading:
            lines += [table.heading, *(f"{_key(name)} = {_value(value)}" for name, value in table.values.items())]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _comments(sentences: Iterable[str]) -> str:
    """The sentences as comment lines: no text may end the comment, or steer a terminal."""
    lines = []
    for sentence in sentences:
        words = "".join(c if c.isprintable() else " " for c in sentence).split(" ")
        line = "#"
        for word in words:
            if len(line) + len(word) >= _WIDTH and line != "#":
                lines.append(line)
                line = "#  "
            line += f" {word}"
        lines.append(line)
    return "\n".join(lines)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(str(name))} = {_value(item)}" for name, item in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
    return _text(str(value))


def _text(text: str) -> str:
    """A text in the quotes that leave it as it is, where there are such."""
    is_plain = all(c.isprintable() or c == "\n" for c in text) and "'''" not in text and not text.endswith("'")
    if is_plain and "\n" in text:
        return f"'''\n{text}'''"
    if is_plain and ('"' in text or "\\" in text):
        return f"'{text}'" if "'" not in text else f"'''{text}'''"
    return _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
