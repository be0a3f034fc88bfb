"""Comparisons that the range of a field decides: `probability > 50` is never true, `event_state >= 0` always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import ceil, floor, inf
from typing import Final, NamedTuple

from securos_trigger.conditions.paths import Items, full_steps, item_steps, nodes_with_items
from securos_trigger.conditions.syntax import Arithmetic, Call, Comparison, Literal, Loop, Negative, Node, Path, walk
from securos_trigger.config.known_metadata import KnownMetadata
from securos_trigger.config.property_warnings import looks_like_milliseconds
from securos_trigger.errors import Mistake

_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class _Range(NamedTuple):
    """All values from `low` to `high`, both included."""

    low: float
    high: float

    def __str__(self) -> str:
        if self.high == inf:
            return f"is {self.low:g} or more"
        return f"is {self.high:g} or less" if self.low == -inf else f"goes from {self.low:g} to {self.high:g}"


_ANY: Final = _Range(-inf, inf)


def range_warnings(source: str, tree: Node, known: KnownMetadata) -> Iterator[Mistake]:
    """The comparisons of a condition that are never true, or always, by what the nodes before it can write."""
    pairs = [
        (node, symbol, sides, items)
        for node, items in nodes_with_items(tree)
        if isinstance(node, Comparison)
        for symbol, sides in zip(node.operators, pairwise(node.operands), strict=True)
        if symbol in _FLIPPED
    ]
    times = Counter(_text(source, side) for _, _, sides, _ in pairs for side in sides)
    for node, symbol, sides, items in pairs:
        if not any(isinstance(part, Path) for side in sides for part, _ in walk(side)):
            continue
        left, right = (_range_of(side, items, known) for side in sides)
        truth = _truth(symbol, left, right)
        is_limit = truth == "always true" and (left.low == right.high or left.high == right.low)
        if is_limit and any(times[_text(source, side)] > 1 and not isinstance(side, Literal) for side in sides):
            continue  # the end of a range that another comparison begins: 0.5 < x and x <= 1
        if is_limit and node is tree and any(isinstance(side, Call) and side.function == "len" for side in sides):
            continue  # len(objects) >= 0 alone: on each frame that has the list
        if not truth and symbol in ("==", "!=") and (whole := _whole_beside_fraction(sides, items, known)):
            outcome = "never true" if symbol == "==" else "always true"
            what = f"{_text(source, node)} is {outcome}: {_text(source, whole)} is a whole number"
            yield Mistake("", what)
        elif truth:
            what = f"{_text(source, node)} is {truth}: {_reason(source, sides, (left, right))}"
            yield Mistake("", what, _fix(sides, (left, right)))
        else:
            yield from _odd_unit(source, node, sides, items, known)


def _range_of(node: Node, items: Items, known: KnownMetadata) -> _Range:
    match node:
        case Literal(value=int() | float() as value) if not isinstance(value, bool):
            return _Range(value, value)
        case Path():
            return _of_path(node, items, known)
        case Negative(operator="-"):
            inside = _range_of(node.operand, items, known)
            return _Range(-inside.high, -inside.low)
        case Arithmetic(operator="+" | "-" | "*"):
            return _of_arithmetic(
                node.operator, _range_of(node.left, items, known), _range_of(node.right, items, known)
            )
        case Call():
            return _of_call(node, items, known)
    return _ANY


def _of_path(path: Path, items: Items, known: KnownMetadata) -> _Range:
    fields = known.fields_at(full_steps(path, items))
    if not fields:
        return _ANY
    low, high = min(field.least for field in fields), max(field.most for field in fields)
    if path.first_wildcard is not None:  # a sum, of none to many
        return _Range(0 if low >= 0 else -inf, inf)
    return _Range(low, high)


def _of_arithmetic(operator: str, left: _Range, right: _Range) -> _Range:
    if operator == "+":
        return _Range(left.low + right.low, left.high + right.high)
    if operator == "-":
        return _Range(left.low - right.high, left.high - right.low)
    ends = [_product(one, other) for one in left for other in right]
    return _Range(min(ends), max(ends))


def _product(one: float, other: float) -> float:
    return one * other if one and other else 0


def _of_call(call: Call, items: Items, known: KnownMetadata) -> _Range:
    if call.function == "len":
        return _Range(0, inf)
    if call.function not in ("abs", "round", "sum", "min", "max"):
        return _ANY
    parts = call.arguments[:1] if call.function == "round" else call.arguments
    ranges = [
        _of_element(part, items, known) if isinstance(part, Loop) else _range_of(part, items, known) for part in parts
    ]
    low, high = min(part.low for part in ranges), max(part.high for part in ranges)
    if call.function == "abs":
        return _Range(max(low, 0), max(abs(low), abs(high)))
    if call.function == "round":
        return _Range(floor(low) if low > -inf else low, ceil(high) if high < inf else high)
    if call.function == "sum":
        return _Range(0 if low >= 0 else -inf, inf)
    limits = [part for node, part in zip(parts, ranges, strict=True) if isinstance(node, Literal)]  # never missing
    if call.function == "max":
        low = max([low, *(limit.low for limit in limits)])
    elif call.function == "min":
        high = min([high, *(limit.high for limit in limits)])
    return _Range(low, high)


def _of_element(loop: Loop, items: Items, known: KnownMetadata) -> _Range:
    for clause in loop.clauses:
        items = (*items, item_steps(clause, items))
    return _range_of(loop.element, items, known)


def _truth(symbol: str, left: _Range, right: _Range) -> str:
    """ "never true", "always true", or empty when both are possible."""
    if symbol in (">", ">="):
        symbol, left, right = _FLIPPED[symbol], right, left
    are_apart = left.high < right.low or right.high < left.low
    if symbol in ("==", "!="):
        return ("never true" if symbol == "==" else "always true") if are_apart else ""
    is_open = symbol == "<"
    if left.high < right.low or (not is_open and left.high == right.low):
        return "always true"
    return "never true" if left.low > right.high or (is_open and left.low == right.high) else ""


def _whole_beside_fraction(sides: tuple[Node, Node], items: Items, known: KnownMetadata) -> Node | None:
    """The side that is a whole number while the other is a number with a fraction; None: it is not so."""
    for side, other in (sides, sides[::-1]):
        if isinstance(other, Literal) and isinstance(other.value, float) and not other.value.is_integer():
            return side if _is_whole(side, items, known) else None
    return None


def _is_whole(node: Node, items: Items, known: KnownMetadata) -> bool:
    match node:
        case Path():
            return known.is_whole(full_steps(node, items))
        case Call(function="len"):
            return True
        case Call(function="round"):
            return len(node.arguments) == 1
    return False


def _reason(source: str, sides: tuple[Node, Node], ranges: tuple[_Range, _Range]) -> str:
    read = [number for number, side in enumerate(sides) if any(isinstance(part, Path) for part, _ in walk(side))]
    if len(read) == 1:
        return f"the value {ranges[read[0]]}"
    return " and ".join(f"{_text(source, side)} {found}" for side, found in zip(sides, ranges, strict=True))


def _fix(sides: tuple[Node, Node], ranges: tuple[_Range, _Range]) -> str:
    for side, other in (sides, sides[::-1]):
        value = side.value if isinstance(side, Literal) else 0
        share = ranges[sides.index(other)]
        if (
            isinstance(value, int | float)
            and 1 < value <= 100
            and share == _Range(0, 1)
            and isinstance(other, Path | Call)
        ):
            return f"Write {value / 100:g} for {value:g} %."
    return ""


def _odd_unit(
    source: str, node: Comparison, sides: tuple[Node, Node], items: Items, known: KnownMetadata
) -> Iterator[Mistake]:
    """A fraction where pixels are, and milliseconds where seconds are."""
    for path, other in (sides, sides[::-1]):
        if not isinstance(path, Path) or not isinstance(other, Literal):
            continue
        value = other.value
        if not isinstance(value, int | float):
            continue
        units = {field.unit for field in known.fields_at(full_steps(path, items))}
        if units == {"pixels"} and 0 < value < 1:
            what = f"{_text(source, node)}: the value is in pixels, and {value:g} is less than one"
            yield Mistake("", what, f"Write pixels: {value:g} of a frame that is 1920 wide are {1920 * value:g}.")
        if units == {"seconds"} and looks_like_milliseconds(value):
            what = f"{_text(source, node)}: {value:g} seconds are {value / 3600:.1f} hours"
            yield Mistake("", what, "The unit is seconds.")


def _text(source: str, node: Node) -> str:
    return " ".join(source[node.start : node.end].split())
