"""What operators and functions do with values that are there.

Data are `None`, `bool`, `int`, `float`, `str`, `dict`, `list` and `tuple`. Everything here either returns data or
raises `Undecided`: wrong types, no order, division by zero, a bound exceeded. Both paths of stage three call these
functions, so they cannot disagree about them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

from securos_trigger.conditions.limits import (
    MAX_COMPARED_DEPTH,
    MAX_COMPARED_VALUES,
    MAX_INNER_ITEMS,
    MAX_ITEMS,
    MAX_PRODUCT_BITS,
)
from securos_trigger.conditions.syntax import Step, Wildcard


class Undecided(Exception):
    """The value of an operation is unknown. Never leaves this package."""


class OperandUnknown(KeyError):
    """An operand is known to be unknown. The fast path takes it for a missing key. Never leaves this package."""


class Unknown:
    """The type of `UNKNOWN`, the value of what is missing or undecided."""

    __slots__ = ()


UNKNOWN: Final = Unknown()
SCALARS: Final = frozenset((bool, int, float, str, type(None)))
DATA: Final = SCALARS | {dict, list, tuple}
NUMBERS: Final = frozenset((bool, int, float))
_SEQUENCES: Final = frozenset((list, tuple))
WITH_ITEMS: Final = frozenset((list, tuple, dict, str))

# The methods of the base classes are called, so that nothing that a subclass overrides is run.
_PLAIN: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (dict, lambda value: dict(dict.items(value))),
    (list, lambda value: list(list.__iter__(value))),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
)

COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda item, container: item in container,
    "not in": lambda item, container: item not in container,
}


def undecided() -> Any:
    """Raise `Undecided`, in an expression."""
    raise Undecided


def as_data(value: object) -> Any:
    """The value as data: subclasses (`numpy.float64`, an enum of texts) as their plain type, the rest as `UNKNOWN`."""
    kind = type(value)
    if kind in DATA or value is UNKNOWN:
        return value
    for base, plain in _PLAIN:
        if issubclass(kind, base):
            try:
                return plain(value)
            except Exception:  # noqa: BLE001  a foreign key that will not be hashed or compared again
                return UNKNOWN
    return UNKNOWN


def read(value: Any, steps: tuple[Step, ...]) -> Any:
    """What stands at the end of a path without wildcards, or `UNKNOWN`; not yet `as_data`. A step is a subscript."""
    try:
        for step in steps:
            value = value[step]
    except Exception:  # noqa: BLE001  whatever a foreign object in the metadata raises, the path leads nowhere
        return UNKNOWN
    return value


def read_numbered(value: Any, steps: tuple[Step, ...]) -> Any:
    """The same for a path with a key of digits, which is an index where it meets a list: `objects.0.label`."""
    for step in steps:
        is_index = type(value) in _SEQUENCES and isinstance(step, str) and step.isdecimal()
        value = read(value, (int(step) if is_index else step,))  # type: ignore[arg-type]
    return value


def reader(steps: tuple[Step, ...]) -> Callable[[Any, tuple[Step, ...]], Any]:
    """The one of the two that `steps` need."""
    return read_numbered if any(isinstance(step, str) and step.isdecimal() for step in steps) else read


def matches(root: Any, steps: tuple[Step, ...]) -> list[Any]:
    """All ends of a path with wildcards, below its root; not yet `as_data`. `Undecided` without a root."""
    level = [as_data(root)]
    if level[0] is UNKNOWN:
        raise Undecided
    for step in steps:
        if isinstance(step, Wildcard):
            level = _expanded(level, step)
        else:
            level = [found for value in level if (found := read_numbered(value, (step,))) is not UNKNOWN]
    return level


def _expanded(level: list[Any], wildcard: Wildcard) -> list[Any]:
    found: list[Any] = []
    for value in level:
        if type(value) is dict:
            pairs: Iterable[tuple[object, Any]] = value.items()
        elif type(value) in _SEQUENCES:
            pairs = enumerate(value)
        else:
            continue
        if len(found) + len(value) > MAX_ITEMS:
            raise Undecided
        if wildcard.pattern == "*":
            found.extend(child for _, child in pairs)
        else:
            found.extend(child for key, child in pairs if type(key) is str and wildcard.matches(key))
    return found


def wildcard_sum(root: Any, steps: tuple[Step, ...]) -> Any:
    """The sum of all matching numbers; what is not a number is left out."""
    try:
        return sum(value for found in matches(root, steps) if type(value := as_data(found)) in NUMBERS)
    except ArithmeticError:
        raise Undecided from None


def items(value: Any) -> Any:
    """The value, when a loop may run over it: a list, the keys of an object, the characters of a text."""
    if type(value) in WITH_ITEMS and len(value) <= MAX_ITEMS:
        return value
    raise Undecided


def inner_items(value: Any) -> Any:
    """The same for a loop inside a loop, which may run over fewer."""
    if type(value) in WITH_ITEMS and len(value) <= MAX_INNER_ITEMS:
        return value
    raise Undecided


def compare(symbol: str, left: Any, right: Any) -> bool:
    """A comparison of any two values. Raises `Undecided` where Python has no order, and for what is not plain data."""
    if type(left) not in SCALARS:
        _require_plain(left)
    if type(right) not in SCALARS:
        _require_plain(right)
    try:
        return bool(COMPARE[symbol](left, right))
    except TypeError:
        raise Undecided from None


def _require_plain(value: object) -> None:
    """Python's own comparison may run only over plain data of bounded size: no foreign `__eq__`, no cycle."""
    waiting = [(value, 1)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if type(value) not in DATA or depth > MAX_COMPARED_DEPTH:
            raise Undecided
        if not isinstance(value, dict | list | tuple):
            continue
        if seen + len(waiting) + len(value) > MAX_COMPARED_VALUES:
            raise Undecided
        if isinstance(value, dict):
            waiting.extend((key, depth + 1) for key in value)
            waiting.extend((child, depth + 1) for child in value.values())
        else:
            waiting.extend((child, depth + 1) for child in value)


def calculate(symbol: str, left: Any, right: Any) -> Any:
    """`+ - * /`. Numbers, and `+` also joins two texts or two lists, as in Python."""
    try:
        match symbol:
            case "+":
                return left + right
            case "-":
                return left - right
            case "/":
                return left / right
            case _:
                return times(left, right)
    except (TypeError, ArithmeticError):
        raise Undecided from None


def times(left: Any, right: Any) -> Any:
    """The product of two numbers. A text or a list times a number is undecided: it would grow without bound."""
    if type(left) not in NUMBERS or type(right) not in NUMBERS:
        raise Undecided
    if type(left) is int and type(right) is int and left.bit_length() + right.bit_length() > MAX_PRODUCT_BITS:
        raise Undecided
    return left * right


def negative(value: Any) -> Any:
    """`-value`, for a number."""
    return -value if type(value) in NUMBERS else undecided()


def positive(value: Any) -> Any:
    """`+value`, for a number."""
    return +value if type(value) in NUMBERS else undecided()
