"""Which metadata paths a template reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment, meta, nodes

from securos_trigger.conditions.syntax import Step, path_text
from securos_trigger.trigger.texts import KNOWN_VARIABLES

_SYMBOLS: Final = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_FLIPPED: Final = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def template_paths(source: str) -> tuple[tuple[Step, ...], ...]:
    """The metadata paths a template reads, as steps: `{{ nodes.a["b"].c }}` reads `nodes.a.b.c`.

    Left out: names that the template sets itself, and paths that it expects to be missing (`default`, `is defined`).
    """
    tree = Environment().parse(source)
    roots = meta.find_undeclared_variables(tree) - set(KNOWN_VARIABLES)
    found: dict[tuple[Step, ...], None] = {}
    for steps in _chains(tree):
        is_whole = steps[0] == "meta"
        steps = steps[1:] if is_whole else steps
        if steps and (is_whole or steps[0] in roots):
            found[steps] = None
    return tuple(found)


def template_comparisons(source: str) -> tuple[str, ...]:
    """The comparisons of metadata with a constant in a template, each as the text of a condition.

    `{% if o.label == "car" %}` in a loop over `objects` is `any(o.label == "car" for o in objects)`.
    """
    tree = Environment().parse(source)
    roots = meta.find_undeclared_variables(tree) - set(KNOWN_VARIABLES)
    lists: dict[str, tuple[Step, ...] | None] = {}
    for loop in tree.find_all(nodes.For):
        if isinstance(loop.target, nodes.Name):
            steps = _below(_steps(loop.iter), roots)
            lists[loop.target.name] = steps if loop.target.name not in lists else None
    found = []
    for one in tree.find_all(nodes.Compare):
        sides = (one.expr, one.ops[0].expr) if len(one.ops) == 1 and one.ops[0].op in _SYMBOLS else ()
        for path, other in (sides, sides[::-1]) if sides else ():
            if not isinstance(other, nodes.Const) or not isinstance(other.value, str | int | float):
                continue
            symbol = _SYMBOLS[one.ops[0].op] if path is one.expr else _FLIPPED[_SYMBOLS[one.ops[0].op]]
            end = f" {symbol} {json.dumps(other.value, ensure_ascii=False)}"
            steps = _steps(path)
            if (plain := _below(steps, roots)) is not None:
                found.append(f"{path_text(plain)}{end}")
            elif steps and len(steps) > 1 and (items := lists.get(str(steps[0]))):
                found.append(f"any({path_text(('o', *steps[1:]))}{end} for o in {path_text(items)})")
    return tuple(dict.fromkeys(found))


def _below(steps: tuple[Step, ...] | None, roots: set[str]) -> tuple[Step, ...] | None:
    """The steps of a path of the metadata from its top level; None for any other."""
    if not steps or not (steps[0] == "meta" or steps[0] in roots):
        return None
    return (steps[1:] if steps[0] == "meta" else steps) or None


def _chains(node: nodes.Node) -> Iterator[tuple[Step, ...]]:
    if isinstance(node, nodes.Filter) and node.name in ("default", "d"):
        return
    if isinstance(node, nodes.Test) and node.name in ("defined", "undefined"):
        return
    steps = _steps(node.node) if isinstance(node, nodes.Call) else _steps(node)
    if steps is not None:
        # Of a call the last step is a method of the text: {{ label.upper() }}.
        steps = steps[:-1] if isinstance(node, nodes.Call) else steps
        if steps:
            yield steps
        if not isinstance(node, nodes.Call):
            return
        for argument in node.args:
            yield from _chains(argument)
        return
    for child in node.iter_child_nodes():
        yield from _chains(child)


def _steps(node: nodes.Node | None) -> tuple[Step, ...] | None:
    """The steps of a plain chain of names and constants; None for anything else."""
    if isinstance(node, nodes.Name):
        return (node.name,) if node.ctx == "load" else None
    if isinstance(node, nodes.Getattr):
        step: object = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        step = node.arg.value
    else:
        return None
    before = _steps(node.node)
    return (*before, step) if before is not None and isinstance(step, str | int) else None
