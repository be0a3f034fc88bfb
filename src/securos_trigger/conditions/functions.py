"""The functions of the language, over values that are there. They return data or raise `Undecided`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from securos_trigger.conditions.limits import MAX_NUMBER_CHARS, MAX_ROUND_DIGITS
from securos_trigger.conditions.operations import (
    NUMBERS,
    SCALARS,
    UNKNOWN,
    WITH_ITEMS,
    Undecided,
    as_data,
    items,
    undecided,
)

_NUMBER_TEXT: Final = re.compile(r"[+-]?(?:[0-9]+(\.[0-9]*)?|(\.[0-9]+))([eE][+-]?[0-9]+)?")


def _data_items(container: Any) -> list[Any]:
    return [as_data(item) for item in items(container)]


def _known_items(container: Any) -> list[Any]:
    values = _data_items(container)
    if any(value is UNKNOWN for value in values):
        raise Undecided
    return values


def _len(value: Any) -> int:
    return len(value) if type(value) in WITH_ITEMS else undecided()


def _any(container: Any) -> bool:
    values = _data_items(container)
    if any(value for value in values if value is not UNKNOWN):
        return True
    return undecided() if UNKNOWN in values else False


def _all(container: Any) -> bool:
    values = _data_items(container)
    if not all(value for value in values if value is not UNKNOWN):
        return False
    return undecided() if UNKNOWN in values else True


def _sum(container: Any) -> Any:
    return _total(_known_items(container))


def _total(values: list[Any]) -> Any:
    """One addition after the other: the fast path adds as it goes, and `sum` of newer Pythons rounds differently."""
    total: Any = 0
    try:
        for value in values:
            total += value
    except (TypeError, ArithmeticError):
        raise Undecided from None
    return total


def _least(values: list[Any]) -> Any:
    return _chosen(min, values)


def _greatest(values: list[Any]) -> Any:
    return _chosen(max, values)


def _chosen(choose: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    if any(type(value) not in SCALARS for value in values):
        raise Undecided
    try:
        return choose(values)
    except (TypeError, ValueError):
        raise Undecided from None


def _candidates(values: tuple[Any, ...]) -> list[Any]:
    return _known_items(values[0] if len(values) == 1 else values)


def _abs(value: Any) -> Any:
    return abs(value) if type(value) in NUMBERS else undecided()


def _round(value: Any, digits: Any = None) -> Any:
    if type(value) not in NUMBERS or not (digits is None or type(digits) is int):
        raise Undecided
    if digits is not None and abs(digits) > MAX_ROUND_DIGITS:
        raise Undecided
    try:
        return round(value, digits)
    except (ValueError, ArithmeticError):
        raise Undecided from None


def _number(value: Any) -> Any:
    """A number as it is, or the number that a text is: `"42"`, `" -1.5e3 "`. Any other text is undecided."""
    if type(value) in NUMBERS:
        return value
    if type(value) is not str or len(value) > MAX_NUMBER_CHARS:
        raise Undecided
    if not (match := _NUMBER_TEXT.fullmatch(value.strip())):
        raise Undecided
    number = float(match[0]) if any(match.groups()) else int(match[0])
    return number if math.isfinite(number) else undecided()


def _on_text(function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*values: Any) -> Any:
        if any(type(value) is not str for value in values):
            raise Undecided
        return function(*values)

    return checked


#: What each function of the language does with arguments that are there.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "len": _len,
    "any": _any,
    "all": _all,
    "sum": _sum,
    "min": lambda *values: _least(_candidates(values)),
    "max": lambda *values: _greatest(_candidates(values)),
    "abs": _abs,
    "round": _round,
    "lower": _on_text(str.lower),
    "upper": _on_text(str.upper),
    "startswith": _on_text(str.startswith),
    "endswith": _on_text(str.endswith),
    "number": _number,
}

#: What they do with the values that a loop has gathered (`any` and `all` decide while the loop runs).
LOOP_FUNCTIONS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "len": len,
    "sum": _total,
    "min": _least,
    "max": _greatest,
}
