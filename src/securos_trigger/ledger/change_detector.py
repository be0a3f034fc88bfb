"""Sees that something changed in what a condition reads, without explaining the frame.

A line counter's delta is there for one frame. Looked at once a second, the frame on which it was 1 while another clause
was false would be missed, and that frame is what people ask about. So the clauses that cost the same on every frame are
asked on every frame, by the fast path alone, and only to see that one of them turned.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from securos_trigger.conditions.compile import FastPath
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.operations import SCALARS, UNKNOWN
from securos_trigger.conditions.syntax import Call, Comparison, Junction, ListOf, Loop, Node, Not, Path, children, walk

#: Detectors that are compiled at a time; a site has a few conditions.
_MOST_SHARED: Final = 256


@lru_cache(maxsize=_MOST_SHARED)
def change_detector_of(condition_text: str) -> ChangeDetector:
    """The detector of a condition, the same one for all cameras that have this condition: it has no state."""
    return ChangeDetector(condition_text)


class ChangeDetector:
    """Watches one condition.

    `pattern(metadata)` differs when a clause turned true or false; it is the same for all metadata that the fast path
    cannot read. None: there is nothing to watch, because the condition has one clause only, or only such that may cost
    more with every object (loops, wildcards, functions).
    """

    __slots__ = ("_paths", "pattern")

    def __init__(self, condition_text: str) -> None:
        clauses = _clauses(parse(condition_text))
        cheap = [clause for clause in clauses if _is_cheap(clause)]
        self.pattern: Callable[[Any], object] | None = None
        if cheap and len(clauses) > 1:
            turned = ListOf(tuple(map(_as_boolean, cheap)), 0, 0)
            self.pattern = FastPath(turned).function(None)
        paths = {node for clause in clauses for node, _ in walk(clause) if isinstance(node, Path)}
        is_cheap = len(cheap) == len(clauses)
        self._paths = tuple(map(evaluator, paths)) if is_cheap else ()

    def values(self, metadata: object) -> list[object]:
        """What the condition's paths hold: equal lists mean that every clause has the values it had.

        Anything but a scalar equals nothing, so that a list that is changed in place does not pass for unchanged.
        """
        scope = (metadata,)
        return [_comparable(path(scope)) for path in self._paths] or [object()]


def _clauses(tree: Node) -> list[Node]:
    """What `and`, `or` and `not` join."""
    if isinstance(tree, Junction | Not):
        return [clause for child in children(tree) for clause in _clauses(child)]
    return [tree]


def _is_cheap(clause: Node) -> bool:
    return not any(
        isinstance(node, Loop | Call) or (isinstance(node, Path) and node.first_wildcard is not None)
        for node, _ in walk(clause)
    )


def _as_boolean(clause: Node) -> Node:
    return clause if isinstance(clause, Comparison) else Not(clause, clause.start, clause.end)


def _comparable(value: Any) -> object:
    return value if value is UNKNOWN or type(value) in SCALARS else object()
