"""Why a condition answered as it did on one frame: every clause with its truth and the values it saw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.limits import MAX_SHOWN_BITS
from securos_trigger.conditions.operations import SCALARS, UNKNOWN
from securos_trigger.conditions.readers import Evaluator, Scope, loop_source, shown_path
from securos_trigger.conditions.syntax import Call, Comparison, Junction, Loop, Node, Not, Path, children
from securos_trigger.conditions.truth import Truth, truth_of
from securos_trigger.errors.wording import printable
from securos_trigger.model.data import NoData

#: Longer text, and numbers of more digits, are shown by their beginning.
MAX_SHOWN_CHARS: Final = 80


@dataclass(frozen=True, slots=True)
class PathValue:
    """One path of a clause and what stood there; `len(path)` stands for a list that only its length is asked of.

    `value` is a number, a text, a boolean or None; a list or an object is described (`a list of 3`), and so is what is
    no data (`a datetime, which a condition cannot read`). With `is_missing` nothing stood there.
    """

    path: str
    value: int | float | str | bool | None
    is_missing: bool = False
    is_described: bool = False

    def __str__(self) -> str:
        if self.is_missing:
            return f"{self.path} is missing"
        if self.is_described:
            return f"{self.path} is {self.value}"
        return f"{self.path} = {_shown(self.value)}"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: an operand of `and`, `or` or `not`, a comparison, or the whole condition (`depth` 0).

    `start` and `end` are its place in the condition's text, in characters.
    """

    text: str
    start: int
    end: int
    depth: int
    truth: Truth
    seen: tuple[PathValue, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one frame and its clauses, the whole condition first. `str()` is a table of lines."""

    truth: Truth
    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        texts = ["  " * clause.depth + " ".join(clause.text.split()) for clause in self.clauses]
        widths = [len(text) for text, clause in zip(texts, self.clauses, strict=True) if clause.seen]
        width = min(max(widths, default=0), MAX_SHOWN_CHARS)
        lines = []
        for text, clause in zip(texts, self.clauses, strict=True):
            values = ", ".join(map(str, clause.seen))
            lines.append(f"{clause.truth.value:<11}  {text:<{width}}  {values}".rstrip())
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a page or a log: finite numbers, clean text, no `NaN`."""
        return {
            "truth": self.truth.value,
            "clauses": [
                {
                    "text": printable(clause.text),
                    "start": clause.start,
                    "end": clause.end,
                    "depth": clause.depth,
                    "truth": clause.truth.value,
                    "seen": [_value_json(seen) for seen in clause.seen],
                }
                for clause in self.clauses
            ],
        }


class _Shown(NamedTuple):
    """What is shown of a clause, and what computes it; where that is unknown, `instead`."""

    path: str
    evaluate: Evaluator
    instead: _Shown | None = None

    def value(self, scope: Scope) -> PathValue:
        """What stands there now."""
        found = self.evaluate(scope)
        return _path_value(self.path, found) if found is not UNKNOWN or not self.instead else self.instead.value(scope)


@dataclass(frozen=True, slots=True)
class _ExplainedClause:
    """A clause, made ready once: what computes it, and what computes each path in it, or the length of its list."""

    text: str
    start: int
    end: int
    depth: int
    evaluate: Evaluator
    paths: tuple[_Shown, ...]


class Explainer:
    """Explains the frames of one condition."""

    __slots__ = ("_explained_clauses", "_truth")

    def __init__(self, source: str, tree: Node, truth: Callable[[Any], Truth]) -> None:
        self._truth = truth
        self._explained_clauses = tuple(_explained_clause(source, node, depth) for node, depth in _clauses(tree, 0))

    def explain(self, metadata: object) -> Explanation:
        """Compute every clause exactly, and what the condition is as a whole."""
        return Explanation(self._truth(metadata), self.clauses(metadata))

    def clauses(self, metadata: object) -> tuple[Clause, ...]:
        """Compute every clause exactly."""
        scope = (metadata,)
        return tuple(
            Clause(
                watched.text,
                watched.start,
                watched.end,
                watched.depth,
                truth_of(watched.evaluate(scope)),
                tuple(shown.value(scope) for shown in watched.paths),
            )
            for watched in self._explained_clauses
        )


def _clauses(node: Node, depth: int) -> Iterator[tuple[Node, int]]:
    yield node, depth
    for child in children(node):
        if isinstance(node, Junction | Not) or isinstance(child, Comparison | Junction | Not):
            yield from _clauses(child, depth + 1)


def _explained_clause(source: str, node: Node, depth: int) -> _ExplainedClause:
    is_leaf = not isinstance(node, Junction | Not)
    paths = tuple({one.path: one for one in _direct_paths(source, node)}.values()) if is_leaf else ()
    text = source[node.start : node.end]
    return _ExplainedClause(text, node.start, node.end, depth, evaluator(node), paths)


def _direct_paths(source: str, node: Node) -> Iterator[_Shown]:
    """The paths of a clause that can be read without a loop's item; of a loop, the list it runs over."""
    if isinstance(node, Path):
        if node.variable is None:
            yield _Shown(source[node.start : node.end], shown_path(node))
        return
    if isinstance(node, Call) and node.function == "len" and isinstance(path := node.arguments[0], Path):
        if path.variable is None:
            [list_itself] = _direct_paths(source, path)
            yield _Shown(source[node.start : node.end], evaluator(node), list_itself)
        return
    if isinstance(node, Loop):
        path = node.clauses[0].source
        if path.variable is None:
            yield _Shown(source[path.start : path.end], _shown_source(path))
        return
    for child in children(node):
        yield from _direct_paths(source, child)


def _shown_source(path: Path) -> Evaluator:
    """What a loop runs over, or why it runs over nothing."""
    source_of, look = loop_source(path, depth=0), shown_path(path)

    def show(scope: Scope) -> Any:
        found = source_of(scope)
        return look(scope) if found is UNKNOWN else found

    return show


def _path_value(path: str, value: Any) -> PathValue:
    if isinstance(value, NoData):
        return PathValue(path, f"{value}, which a condition cannot read", is_described=True)
    if value is UNKNOWN:
        return PathValue(path, None, is_missing=True)
    if type(value) not in SCALARS:
        noun = "an object of" if isinstance(value, dict) else "a list of"
        return PathValue(path, f"{noun} {len(value)}", is_described=True)
    if isinstance(value, int) and value.bit_length() > MAX_SHOWN_BITS:
        return PathValue(path, f"a whole number of {value.bit_length()} bits", is_described=True)
    if isinstance(value, str) and len(value) > MAX_SHOWN_CHARS:
        return PathValue(path, value[:MAX_SHOWN_CHARS] + "…")
    return PathValue(path, value)


def _value_json(seen: PathValue) -> dict[str, Any]:
    value = seen.value
    if isinstance(value, str):
        value = printable(value)
    elif isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    return {"path": printable(seen.path), "value": value, "missing": seen.is_missing, "described": seen.is_described}


def _shown(value: int | float | str | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{printable(value)}"' if isinstance(value, str) else str(value)
