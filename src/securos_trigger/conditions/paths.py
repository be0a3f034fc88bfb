"""Which paths a condition reads."""

from __future__ import annotations

from collections.abc import Iterator

from securos_trigger.conditions.syntax import For, Loop, Node, Path, Step, Wildcard, children, path_text

#: The paths of the items of the loops around a place, the outermost first.
Items = tuple[tuple[Step, ...], ...]

_EVERY_ITEM = Wildcard("*")


def paths_of(tree: Node) -> tuple[str, ...]:
    """The paths of a condition as text, each once, in the order of the text."""
    return tuple(path_text(steps) for steps in path_steps(tree))


def path_steps(tree: Node) -> tuple[tuple[Step, ...], ...]:
    """The same as steps from the metadata's top level."""
    paths = ((node, items) for node, items in nodes_with_items(tree) if isinstance(node, Path))
    # A path without steps is a loop's item itself.
    return tuple(dict.fromkeys(full_steps(path, items) for path, items in paths if path.steps))


def nodes_with_items(node: Node, items: Items = ()) -> Iterator[tuple[Node, Items]]:
    """Every node of the tree, with the items of the loops around it. Of a loop its lists come first."""
    yield node, items
    if not isinstance(node, Loop):
        for child in children(node):
            yield from nodes_with_items(child, items)
        return
    inside = items
    for clause in node.clauses:
        yield from nodes_with_items(clause.source, inside)
        inside = (*inside, item_steps(clause, inside))
        for condition in clause.filters:
            yield from nodes_with_items(condition, inside)
    yield from nodes_with_items(node.element, inside)


def full_steps(path: Path, items: Items) -> tuple[Step, ...]:
    """The steps from the metadata's top level: a loop's name is replaced by the path of its items."""
    return path.steps if path.variable is None else items[path.variable] + path.steps


def item_steps(clause: For, items: Items) -> tuple[Step, ...]:
    """The path of the items of a loop's list."""
    steps = full_steps(clause.source, items)
    return steps if clause.source.first_wildcard is not None else (*steps, _EVERY_ITEM)
