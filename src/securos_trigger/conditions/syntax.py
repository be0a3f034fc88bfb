"""The typed nodes that stage two makes of the tokens.

Each knows its place in the text, from `start` to `end` (offsets in characters).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PLAIN_KEY: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A step that matches many keys: `*`, `presence*`, `*_count`. `pattern` is the step as written."""

    pattern: str

    def matches(self, key: str) -> bool:
        """True when the key has the pattern's beginning and end."""
        head, _, tail = self.pattern.partition("*")
        return len(key) >= len(head) + len(tail) and key.startswith(head) and key.endswith(tail)


Step = str | int | Wildcard


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, `true`, `false` or `null`, written in the condition."""

    value: int | float | str | bool | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`"""

    items: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Path:
    """`nodes.presence1.motion`: steps from the metadata (`variable` None), or from a loop's item.

    `variable` counts the loops around the path, from 0, the outermost first.
    """

    variable: int | None
    steps: tuple[Step, ...]
    start: int
    end: int

    @property
    def first_wildcard(self) -> int | None:
        """Index of the first wildcard step, or None: the steps before it are the path's root."""
        return next((i for i, step in enumerate(self.steps) if isinstance(step, Wildcard)), None)


@dataclass(frozen=True, slots=True)
class Negative:
    """`-a`, and `+a` when `operator` is `+`."""

    operator: str
    operand: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`a + b`, with `operator` one of `+ - * /`."""

    operator: str
    left: Node
    right: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`1 < x <= 5`: neighbours are compared, and all pairs must hold. One operator fewer than operands."""

    operands: tuple[Node, ...]
    operators: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    """`not a`"""

    operand: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Junction:
    """`a and b and c`, or the same with `or`: `operator` says which."""

    operator: str
    operands: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class For:
    """`for o in objects if …`: one loop of a comprehension."""

    source: Path
    filters: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """`o.label == "car" for o in objects`: what a function runs over.

    `first_variable` is the number of the first loop's variable; the next loop's is one more.
    """

    element: Node
    clauses: tuple[For, ...]
    first_variable: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """`max(a, b)` or `any(… for …)`: then the only argument is a `Loop`."""

    function: str
    arguments: tuple[Node, ...]
    start: int
    end: int


Node = Literal | ListOf | Path | Negative | Arithmetic | Comparison | Not | Junction | Loop | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node, in the order of the text (a loop's element first)."""
    match node:
        case Literal() | Path():
            return ()
        case ListOf():
            return node.items
        case Negative() | Not():
            return (node.operand,)
        case Arithmetic():
            return (node.left, node.right)
        case Comparison() | Junction():
            return node.operands
        case Call():
            return node.arguments
        case Loop():
            return (node.element, *(part for clause in node.clauses for part in (clause.source, *clause.filters)))


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node of the tree with its depth (the root has 1), in the order of the text. No recursion."""
    waiting = [(node, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in reversed(children(node)))


def path_text(steps: tuple[Step, ...]) -> str:
    """A path in its plainest spelling: `nodes.a["line 1"][0].*.count`."""
    text = ""
    for step in steps:
        if isinstance(step, Wildcard):
            text += f".{step.pattern}"
        elif isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}"
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text.removeprefix(".")
