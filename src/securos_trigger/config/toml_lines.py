"""Finds the line of a TOML file that a mistake is about. The standard library's reader does not keep lines."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

from securos_trigger.errors import Mistake, caret_lines

_HEADER = re.compile(r"\s*\[+\s*([\w.]+)\s*\]+")
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


def form_mistake(text: str, error: tomllib.TOMLDecodeError) -> Mistake:
    """Make a mistake of what is not TOML, with its line and a caret."""
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    what = re.sub(r" \(at .*\)$", "", str(error))
    what = what[:1].lower() + what[1:]
    if found is None:  # it is at the end of the text
        return Mistake("at the end", what)
    number, column = int(found[1]), int(found[2])
    line = text.split("\n")[number - 1]
    return Mistake(f"line {number}", f"{what}\n{caret_lines(line, column - 1, column)}")


def with_line(mistake: Mistake, text: str) -> Mistake:
    """Put the line of a mistake in front of its place: the line of its key, else of the head of its table.

    Places such as `pipelines[0].nodes[2].iss_port` are found in tables that are written the usual way, under a
    `[head]` or `[[head]]`; for other places the mistake is returned as it is.
    """
    steps = [(name, int(number or 0)) for name, number in _STEP.findall(mistake.where)]
    wanted = [name for name, _ in steps]
    head_number = 0
    depth = 0
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.match(line)
        if header:
            path = header[1].split(".")
            _count(seen, header[1])
            numbers = [seen.get(".".join(path[: length + 1]), 0) for length in range(len(path))]
            is_on_the_way = wanted[: len(path)] == path and [index for _, index in steps[: len(path)]] == numbers
            depth = len(path) if is_on_the_way else -1
            head_number = number if is_on_the_way else head_number
        elif 0 <= depth < len(wanted) and re.match(rf"\s*{wanted[depth]}\s*=", line):
            return replace(mistake, where=f"line {number}: {mistake.where}")
    return replace(mistake, where=f"line {head_number}: {mistake.where}") if head_number else mistake


def _count(seen: dict[str, int], head: str) -> None:
    """Count one more table with this head, and count the tables below it anew."""
    seen[head] = seen.get(head, -1) + 1
    for below in [name for name in seen if name.startswith(head + ".")]:
        del seen[below]
