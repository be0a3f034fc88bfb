"""Which metadata paths a template reads."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, meta, nodes

from securos_trigger.conditions.syntax import Step
from securos_trigger.trigger.texts import KNOWN_VARIABLES


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
