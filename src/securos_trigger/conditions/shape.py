"""What the shape of a condition lets the fast path take for granted."""

from __future__ import annotations

from typing import Final

from securos_trigger.conditions.operations import is_number_step
from securos_trigger.conditions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Junction,
    ListOf,
    Literal,
    Loop,
    Node,
    Not,
    Path,
    Step,
    children,
)

#: The functions that one element of a loop may decide.
QUANTIFIERS: Final = ("any", "all")
_BOOLEAN_FUNCTIONS: Final = (*QUANTIFIERS, "startswith", "endswith")


def is_boolean(node: Node) -> bool:
    """True when the value of a node can only be true or false (or unknown)."""
    match node:
        case Comparison() | Not():
            return True
        case Junction():
            return all(map(is_boolean, node.operands))
        case Call():
            return node.function in _BOOLEAN_FUNCTIONS
        case Literal():
            return isinstance(node.value, bool)
    return False


def is_strict(node: Node) -> bool:
    """True when the value of a node is unknown as soon as one path in it is missing: nothing else may decide it.

    `KeyError` out of its expression then means unknown. A loop deals with what its items lack, except for two loops
    inside one another that collect.
    """
    match node:
        case Path():
            return not any(map(is_number_step, node.steps))  # the key may be there in its other form
        case Junction():
            return False
        case Comparison() if len(node.operators) > 1:
            return False
        case Call(arguments=(Loop() as loop,)):
            return is_strict(loop.clauses[0].source) and (node.function in QUANTIFIERS or len(loop.clauses) == 1)
    return all(map(is_strict, children(node)))


def repeats(node: Node) -> bool:
    """True when a node has a loop or a wildcard: its cost grows with the metadata."""
    if isinstance(node, Path):
        return node.first_wildcard is not None
    return isinstance(node, Loop) or any(map(repeats, children(node)))


def common_prefix(tree: Node) -> tuple[Step, ...]:
    """The keys with which all paths outside of loops begin, two paths at least; each path goes on behind them.

    A number may be an index or a key, which only the exact path knows: the prefix ends before it.
    """
    roots = [path.steps[: path.first_wildcard][:-1] for path in _paths_outside_loops(tree)]
    if len(roots) < 2:
        return ()
    common: list[Step] = []
    for steps in zip(*roots, strict=False):
        if len(set(steps)) > 1 or is_number_step(steps[0]):
            break
        common.append(steps[0])
    return tuple(common)


def _paths_outside_loops(node: Node) -> list[Path]:
    if isinstance(node, Path):
        return [node]
    if isinstance(node, Loop):
        return []
    return [path for child in children(node) for path in _paths_outside_loops(child)]


def may_be_list(node: Node) -> bool:
    match node:
        case ListOf():
            return True
        case Arithmetic():
            return may_be_list(node.left) or may_be_list(node.right)
        case Junction():
            return any(map(may_be_list, node.operands))
    return False


def is_native(symbol: str, left: Node, right: Node) -> bool:
    """True when Python may compare the two itself: scalars, or a scalar with a flat list of scalars."""
    if symbol in ("in", "not in") and isinstance(right, ListOf):
        return not any(map(may_be_list, (left, *right.items)))
    return not may_be_list(left) and not may_be_list(right)
