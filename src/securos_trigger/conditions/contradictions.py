"""Clauses that are never true, or always, whatever the metadata is: `1 == 2`, `x > 5 and x < 3`, `x != 1 or x != 2`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import ceil, floor, inf
from types import MappingProxyType
from typing import Any, Final

from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.syntax import Call, Comparison, Junction, Literal, Node, Path, Step, walk
from securos_trigger.conditions.truth import Truth, truth_of
from securos_trigger.errors import Mistake

_FLIPPED: Final = MappingProxyType({"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="})
_NEGATED: Final = MappingProxyType({"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"})
_COMPARE: Final[MappingProxyType[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)

#: A value that is read: the function around its path (or none), the loop's variable, and the steps.
_Key = tuple[str, int | None, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class _Limit:
    """A comparison of a value that is read with a number or text; `node` is where it stands.

    `is_whole`: the value is a whole number.
    """

    key: _Key
    operator: str
    value: float | str
    node: Comparison
    is_whole: bool


#: Says of the steps of a path whether what it leads to is always a whole number.
IsWhole = Callable[[Sequence[Step]], bool]


def _is_never_whole(_: Sequence[Step]) -> bool:
    return False


def contradictions(source: str, tree: Node, is_whole: IsWhole = _is_never_whole) -> Iterator[Mistake]:
    """What is certain from the text alone: constant clauses, and comparisons of one value that exclude each other.

    A length is a whole number, of which none is between 0 and 1. `is_whole` says so of a path, which a name does not.
    """
    inner = {id(one) for node, _ in walk(tree) if isinstance(node, Junction) for one in _parts(node) if one is not node}
    for node, _ in walk(tree):
        if isinstance(node, Comparison):
            yield from _of_comparison(source, node, is_whole)
        elif isinstance(node, Junction) and id(node) not in inner:
            yield from _of_junction(source, node, is_whole)


def _of_comparison(source: str, node: Comparison, is_whole: IsWhole) -> Iterator[Mistake]:
    for symbol, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False):
        if len(node.operators) > 1 and isinstance(left, Literal) and isinstance(right, Literal):
            yield _of_values_in_a_chain(source, node, symbol, left, right)
        if symbol in _FLIPPED and _key(left) is not None and _key(left) == _key(right):
            truth = "always true" if symbol in ("==", "<=", ">=") else "never true"
            yield Mistake("", f"{_text(source, node)} compares a value with itself: it is {truth}")
    if len(node.operators) > 1 and not _is_possible(list(_limits(node, is_whole))):
        yield Mistake("", f"{_text(source, node)} is never true: no value is in that range")


def _of_values_in_a_chain(source: str, node: Comparison, symbol: str, left: Literal, right: Literal) -> Mistake:
    """`x > 3 == true`: as in Python each is compared with the next, so this is `x > 3 and 3 == true`."""
    pair = f"{_text(source, left)} {symbol} {_text(source, right)}"
    both = Comparison((left, right), (symbol,), left.start, right.end)
    truth = "always true" if truth_of(evaluator(both)(({},))) is Truth.TRUE else "never true"
    what = f"{_text(source, node)} compares {pair}, which is {truth}: each value is compared with the next one"
    return Mistake("", what, f"Leave {symbol} {_text(source, right)} out.")


def _of_junction(source: str, node: Junction, is_whole: IsWhole) -> Iterator[Mistake]:
    parts = [part for part in _parts(node) if not isinstance(part, Junction)]
    for part in parts:
        is_text = isinstance(part, Literal) and isinstance(part.value, str)
        if not is_text and not any(isinstance(one, Path) for one, _ in walk(part)):
            truth = "always true" if truth_of(evaluator(part)(({},))) is Truth.TRUE else "never true"
            yield Mistake("", f"the clause {_text(source, part)} reads no metadata: it is {truth}", "Take it out.")
    limits = [limit for part in parts if isinstance(part, Comparison) for limit in _limits(part, is_whole)]
    if node.operator == "or":
        singles = [part for part in parts if isinstance(part, Comparison) and len(part.operators) == 1]
        limits = [_negated(limit) for part in singles for limit in _limits(part, is_whole)]
    for one, other in combinations(limits, 2):
        if one.node is not other.node and one.key == other.key and not _is_possible([one, other]):
            texts = f"{_text(source, one.node)} and {_text(source, other.node)}"
            if node.operator == "or":
                are_unequal = {one.node.operators, other.node.operators} == {("!=",)}
                fix = 'Write "and" between them' + (', or a list: x not in ["a", "b"].' if are_unequal else ".")
                yield Mistake("", f"one of {texts} is true whenever the value is there", fix)
            else:
                yield Mistake("", f"{texts} are never true together", 'Write "or" between them.')


def _parts(node: Node) -> Iterator[Node]:
    """The operands of a junction, and those of junctions of the same kind in it."""
    yield node
    if isinstance(node, Junction):
        for operand in node.operands:
            is_same = isinstance(operand, Junction) and operand.operator == node.operator
            yield from _parts(operand) if is_same else (operand,)


def _limits(node: Comparison, is_whole: IsWhole) -> Iterator[_Limit]:
    for symbol, (left, right) in zip(node.operators, pairwise(node.operands), strict=True):
        for side, other, sign in ((left, right, symbol), (right, left, _FLIPPED.get(symbol, ""))):
            key = _key(side)
            is_value = isinstance(other, Literal) and isinstance(other.value, int | float | str)
            if key is not None and sign in _FLIPPED and is_value:
                is_count = _is_whole(key, is_whole)
                yield _Limit(key, sign, other.value, node, is_count)  # type: ignore[union-attr, arg-type]


def _key(node: Node) -> _Key | None:
    if isinstance(node, Path):
        return ("", node.variable, node.steps)
    if isinstance(node, Call) and len(node.arguments) == 1 and isinstance(path := node.arguments[0], Path):
        return (node.function, path.variable, path.steps)
    return None


def _negated(limit: _Limit) -> _Limit:
    return replace(limit, operator=_NEGATED[limit.operator])


def _is_possible(limits: Sequence[_Limit]) -> bool:
    """Whether a value can be within all of these limits, which are those of one value."""
    if not limits:
        return True
    equal = next((limit.value for limit in limits if limit.operator == "=="), None)
    if equal is not None:
        return all(_holds(equal, limit) for limit in limits)
    if limits[0].is_whole:
        limits = [_whole(limit) for limit in limits]
    least, most = _numbers(limits, (">", ">=")), _numbers(limits, ("<", "<="))
    low, high = max(least, default=-inf), min(most, default=inf)
    return low < high or (low == high and all(_holds(low, limit) for limit in limits if limit.operator != "!="))


def _is_whole(key: _Key, is_whole: IsWhole) -> bool:
    """True for a value that is a whole number: a length, or one of which that is known."""
    function, variable, steps = key
    return function == "len" or (not function and variable is None and is_whole(steps))


def _whole(limit: _Limit) -> _Limit:
    """The same limit of a whole number with `>=` or `<=`: more than 0 is at least 1."""
    value = limit.value
    if isinstance(value, str) or abs(value) == inf:
        return limit
    match limit.operator:
        case ">":
            return replace(limit, operator=">=", value=floor(value) + 1)
        case ">=":
            return replace(limit, operator=">=", value=ceil(value))
        case "<":
            return replace(limit, operator="<=", value=ceil(value) - 1)
        case "<=":
            return replace(limit, operator="<=", value=floor(value))
    return limit


def _numbers(limits: Sequence[_Limit], symbols: tuple[str, str]) -> list[float]:
    return [limit.value for limit in limits if limit.operator in symbols and not isinstance(limit.value, str)]


def _holds(value: float | str, limit: _Limit) -> bool:
    if limit.operator in ("==", "!="):
        return (value == limit.value) == (limit.operator == "==")
    is_of_one_kind = isinstance(value, str) == isinstance(limit.value, str)
    return is_of_one_kind and _COMPARE[limit.operator](value, limit.value)


def _text(source: str, node: Node) -> str:
    return " ".join(source[node.start : node.end].split())
