"""What counts as data in metadata, and how the values of other Python packages become data.

Data are null, booleans, numbers, texts, lists and objects. Metadata comes from anyone's code: numbers of numpy, torch
or `decimal`, dataclasses, deques. Conditions, templates and recordings read them alike, with the functions here.
"""

from __future__ import annotations

import math
from collections import UserString
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set, ValuesView
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import islice
from numbers import Integral, Rational, Real
from types import SimpleNamespace
from typing import Any, Final, cast

#: Items of a list or an object of another type than Python's own that are read.
MAX_FOREIGN_ITEMS: Final = 10_000

PLAIN_SCALARS: Final = frozenset((bool, int, float, str, type(None)))
PLAIN_TYPES: Final = PLAIN_SCALARS | {dict, list, tuple}

_MAX_EXACT: Final = 10**24
_TYPE_NAMES: Final = {"bytes": "bytes", "bytearray": "bytes", "ndarray": "an array"}
_NO_LISTS: Final = (str, bytes, bytearray, memoryview)
# What arrays and numbers of other packages are read with: numpy, torch and JAX have the first two, TensorFlow the last.
_CONVERSIONS: Final = ("tolist", "item", "numpy")
# Kinds of numpy that are times: no data, although those in nanoseconds would become whole numbers.
_KINDS_OF_TIMES: Final = ("m", "M")

# The methods of the base classes are called, so that nothing that a subclass overrides is run.
_BUILT_IN: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (dict, lambda value: dict(dict.items(value))),
    (list, lambda value: list(list.__iter__(value))),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
)


class NoData(Exception):
    """A value is no data: nothing here can say what number, text, list or object it is."""


def as_data(value: object) -> Any:
    """`value` as null, a boolean, a number, a text, a list or an object (dict); what lies inside stays as it is.

    Raises NoData for everything else (a datetime, bytes, a complex number, a function), and for a list or an object
    that is too large. Foreign code may run (`item()`, `__iter__`); whatever it raises becomes NoData, save
    KeyboardInterrupt.
    """
    kind = type(value)
    if kind in PLAIN_TYPES:
        return value
    try:
        return _converted(value, kind)
    except (NoData, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  SystemExit from foreign data ends no pipeline
        raise NoData(f"{type(error).__name__} while reading {name_of_type(value)}") from None


def _converted(value: Any, kind: type) -> Any:
    for base, plain in _BUILT_IN:
        if issubclass(kind, base):
            return plain(value)
    if issubclass(kind, Enum):
        return as_data(value.value) if not isinstance(value.value, Enum) else _refuse(value)
    if issubclass(kind, Decimal | Real) and not _is_time(value):
        return _number(value)
    if issubclass(kind, Mapping):
        return dict(_bounded(value.items()))
    if issubclass(kind, Set):
        return _in_order(_bounded(value))
    if issubclass(kind, UserString):
        return as_data(value.data)
    if issubclass(kind, ValuesView):
        return _bounded(value)
    if issubclass(kind, Sequence) and not issubclass(kind, _NO_LISTS):
        return _bounded(value)
    names = fields_of(value)
    if names:
        return {name: getattr(value, name) for name in names if hasattr(value, name)}
    return _from_array(value, kind)


def _number(value: Any) -> int | float:
    """A number of another type: a whole one exactly, any other as the nearest float."""
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Rational) and value.denominator == 1:
        return int(value.numerator)
    number = float(value)
    if math.isfinite(number) and abs(number) < _MAX_EXACT and value == int(value):
        return int(value) if isinstance(value, Decimal) else number
    return number


def _from_array(value: Any, kind: type) -> Any:
    """Numbers and arrays of numpy, torch, TensorFlow and their like, which are not imported here."""
    convert = next((found for name in _CONVERSIONS if callable(found := getattr(kind, name, None))), None)
    if convert is None or issubclass(kind, _NO_LISTS) or _is_time(value):
        return _refuse(value)
    shape = getattr(value, "shape", ())
    if isinstance(shape, tuple) and math.prod(shape) > MAX_FOREIGN_ITEMS:
        raise NoData(f"{name_of_type(value)} of {math.prod(shape):,} values")
    found = convert(value)
    if type(found) in PLAIN_TYPES:
        return found
    if isinstance(found, Decimal | Real):
        return _number(found)
    is_array = hasattr(type(found), "tolist") and type(found) is not kind  # what `numpy()` gives
    return _from_array(found, type(found)) if is_array else _refuse(found)


def _is_time(value: Any) -> bool:
    """True for times and time spans of numpy, and arrays of them."""
    return getattr(getattr(value, "dtype", None), "kind", "") in _KINDS_OF_TIMES


def _bounded(items: Iterable[Any]) -> list[Any]:
    found = list(islice(items, MAX_FOREIGN_ITEMS + 1))
    if len(found) > MAX_FOREIGN_ITEMS:
        raise NoData(f"more than {MAX_FOREIGN_ITEMS:,} items")
    return found


def _in_order(items: list[Any]) -> list[Any]:
    """The items of a set, which has no order of its own, sorted where they can be."""
    try:
        return sorted(items)
    except TypeError:
        return items


def _refuse(value: object) -> Any:
    raise NoData(name_of_type(value))


def fields_of(value: object) -> tuple[str, ...]:
    """The fields of a value: those that its class declares, and those that a namespace or a model has beside them."""
    own = value.__dict__ if isinstance(value, SimpleNamespace) else None
    names = field_names(type(value))
    if own is None and names:
        own = getattr(value, "__pydantic_extra__", None)
    if not isinstance(own, dict):
        return names
    return names + tuple(name for name in islice(own, MAX_FOREIGN_ITEMS) if not name.startswith("_"))


def field_names(kind: type) -> tuple[str, ...]:
    """The fields that a class declares, as dataclasses, named tuples, pydantic, attrs and msgspec models do."""
    return _declared(cast("Hashable", kind))


@lru_cache(maxsize=512)
def _declared(kind: Any) -> tuple[str, ...]:
    if is_dataclass(kind):
        names: Iterable[Any] = (field.name for field in fields(kind))
    else:
        declared = (getattr(kind, name, None) for name in ("_fields", "model_fields", "__struct_fields__"))
        names = next((found for found in declared if isinstance(found, tuple | Mapping)), ())
        names = names or (getattr(field, "name", "") for field in getattr(kind, "__attrs_attrs__", ()))
    return tuple(name for name in names if isinstance(name, str) and name and not name.startswith("_"))


def name_of_type(value: object) -> str:
    """The type of a value with its article, for a person: `a datetime`, `an array`, `bytes`."""
    name = type(value).__name__
    return _TYPE_NAMES.get(name) or f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
