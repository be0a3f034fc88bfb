"""What operators and functions do with values that are there.

Data are `None`, `bool`, `int`, `float`, `str`, `dict`, `list` and `tuple`. Everything here either returns data or
raises `Undecided`: wrong types, no order, division by zero, a bound exceeded. Both paths of stage three call these
functions, so they cannot disagree about them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeGuard

from securos_trigger.conditions.limits import (
    MAX_COMPARED_DEPTH,
    MAX_COMPARED_VALUES,
    MAX_INNER_ITEMS,
    MAX_ITEMS,
    MAX_PRODUCT_BITS,
)
from securos_trigger.conditions.syntax import Step, Wildcard
from securos_trigger.model import data


class Undecided(Exception):
    """The value of an operation is unknown. Never leaves this package."""


class OperandUnknown(KeyError):
    """An operand is known to be unknown. The fast path takes it for a missing key. Never leaves this package."""


class Unknown:
    """The type of `UNKNOWN`, the value of what is missing or undecided."""

    __slots__ = ()


UNKNOWN: Final = Unknown()
SCALARS: Final = data.PLAIN_SCALARS
DATA: Final = data.PLAIN_TYPES
NUMBERS: Final = frozenset((bool, int, float))
_SEQUENCES: Final = frozenset((list, tuple))
WITH_ITEMS: Final = frozenset((list, tuple, dict, str))

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
    """The value as data (`model.data` says how), or `UNKNOWN` for what is none."""
    if type(value) in DATA or value is UNKNOWN:
        return value
    try:
        return data.as_data(value)
    except data.NoData:
        return UNKNOWN


def read(root: Any, steps: tuple[Step, ...]) -> Any:
    """What stands at the end of a path without wildcards, or `UNKNOWN`; not yet `as_data`. A step is a subscript."""
    value = root
    try:
        for step in steps:
            value = value[step]
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  whatever a foreign object in the metadata raises, the path leads nowhere
        return UNKNOWN if type(value) in DATA else _read_fields(root, steps)
    return value


def _read_fields(value: Any, steps: tuple[Step, ...]) -> Any:
    """The same where something on the way is no dict and no list: a dataclass, a model, a named tuple."""
    for step in steps:
        value = _child(value, step)
        if value is UNKNOWN:
            break
    return value


def _child(value: Any, step: Step) -> Any:
    """What `value[step]` gives; else the item of `value` as data, or the field that its class declares."""
    try:
        return value[step]
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  foreign code, as in `read`
        container: Any = UNKNOWN if type(value) in DATA else as_data(value)
    try:
        if type(container) in WITH_ITEMS and type(container) is not type(value):
            return container[step]
    except (LookupError, TypeError):
        pass
    try:
        return getattr(value, step) if isinstance(step, str) and step in data.fields_of(value) else UNKNOWN
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a property of foreign code
        return UNKNOWN


def read_numbered(value: Any, steps: tuple[Step, ...]) -> Any:
    """The same for a path with numbers in it: an index where it meets a list, a key where it meets an object.

    `counts.3` and `counts[3]` find the key 3 as well as the key "3": JSON, and so a recording, has only the second.
    """
    for step in steps:
        if not is_number_step(step):
            value = read(value, (step,))
            continue
        container = as_data(value)
        if type(container) in _SEQUENCES:
            value = read(value, (int(step),))
        elif (found := read(value, (step,))) is UNKNOWN and type(container) is dict:
            value = _read_in_other_form(container, step)
        else:
            value = found
    return value


def _read_in_other_form(container: dict[Any, Any], step: int | str) -> Any:
    """The same for the key 3 in place of "3", or "3" in place of 3. A recording would not have "03" for 3."""
    if isinstance(step, int):
        return read(container, (str(step),))
    return read(container, (int(step),)) if str(int(step)) == step else UNKNOWN


def is_number_step(step: Step) -> TypeGuard[int | str]:
    """True for an index, and for a key of digits, which may be one."""
    return isinstance(step, int) or (isinstance(step, str) and step.isdecimal())


def reader(steps: tuple[Step, ...]) -> Callable[[Any, tuple[Step, ...]], Any]:
    """The one of the two that `steps` need."""
    return read_numbered if any(map(is_number_step, steps)) else read


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
        if type(value) not in DATA:
            value = as_data(value)
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
    """A comparison of any two values. Raises `Undecided` without an order, and for values that are not data."""
    if type(left) not in SCALARS:
        left = _comparable(left)
    if type(right) not in SCALARS:
        right = _comparable(right)
    try:
        return bool(COMPARE[symbol](left, right))
    except TypeError:
        raise Undecided from None


def _comparable(value: Any) -> Any:
    """The value, of plain data and bounded size: no foreign `__eq__` runs, and no cycle goes on for ever.

    Tuples become lists, as which a recording has them.
    """
    waiting = [(value, 1)]
    seen = 0
    is_plain = True
    while waiting:
        found, depth = waiting.pop()
        seen += 1
        if type(found) not in DATA:
            is_plain, found = False, as_data(found)
        if found is UNKNOWN or depth > MAX_COMPARED_DEPTH:
            raise Undecided
        if not isinstance(found, dict | list | tuple):
            continue
        if isinstance(found, tuple):
            is_plain = False
        if seen + len(waiting) + len(found) > MAX_COMPARED_VALUES:
            raise Undecided
        if isinstance(found, dict):
            waiting.extend((key, depth + 1) for key in found)
            waiting.extend((child, depth + 1) for child in found.values())
        else:
            waiting.extend((child, depth + 1) for child in found)
    return value if is_plain else _plain_copy(value)


def _plain_copy(value: Any) -> Any:
    value = as_data(value)
    if isinstance(value, dict):
        return {as_data(key): _plain_copy(child) for key, child in value.items()}
    return list(map(_plain_copy, value)) if isinstance(value, list | tuple) else value


def calculate(symbol: str, left: Any, right: Any) -> Any:
    """`+ - * /`. Numbers, and `+` also joins two texts or two lists, as in Python."""
    try:
        match symbol:
            case "+" if type(left) in _SEQUENCES and type(right) in _SEQUENCES:
                return [*left, *right]
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
