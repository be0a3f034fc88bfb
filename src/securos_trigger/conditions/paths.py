"""Which paths a condition reads."""

from __future__ import annotations

from securos_trigger.conditions.syntax import For, Loop, Node, Path, Step, Wildcard, children, path_text

_EVERY_ITEM = Wildcard("*")


def paths_of(tree: Node) -> tuple[str, ...]:
    """The paths of a condition as text, each once, in the order of the text."""
    return tuple(dict.fromkeys(path_text(steps) for steps in _paths(tree, ()) if steps))


def _paths(node: Node, items: tuple[tuple[Step, ...], ...]) -> list[tuple[Step, ...]]:
    if isinstance(node, Path):
        return [full_steps(node, items)]
    if isinstance(node, Loop):
        found: list[tuple[Step, ...]] = []
        inside = items
        for clause in node.clauses:
            found.append(full_steps(clause.source, inside))
            inside = (*inside, _item_steps(clause, inside))
            found += [steps for condition in clause.filters for steps in _paths(condition, inside)]
        return found + [steps for steps in _paths(node.element, inside) if steps not in inside]
    return [steps for child in children(node) for steps in _paths(child, items)]


def full_steps(path: Path, items: tuple[tuple[Step, ...], ...]) -> tuple[Step, ...]:
    """The steps from the metadata's top level: a loop's name is replaced by the path of its items."""
    return path.steps if path.variable is None else items[path.variable] + path.steps


def _item_steps(clause: For, items: tuple[tuple[Step, ...], ...]) -> tuple[Step, ...]:
    steps = full_steps(clause.source, items)
    return steps if clause.source.first_wildcard is not None else (*steps, _EVERY_ITEM)
