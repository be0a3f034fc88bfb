"""Which values are data, and what number, text, list or object a value of another package is."""

from __future__ import annotations

import array
import collections
import itertools
import math
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from securos_trigger.model.data import MAX_FOREIGN_ITEMS, NoData, as_data, field_names, fields_of, name_of_type

NUMPY_NUMBERS = [
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.longlong, np.ulonglong),
    *(np.float16, np.float32, np.float64, np.longdouble),
]


class Level(IntEnum):
    HIGH = 3


class Side(Enum):
    NORTH = "north"
    SECOND = 2


class Kind(StrEnum):
    CAR = "car"


class Tensor:
    """A number as torch and its like give it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value


@dataclass
class Plate:
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Slotted:
    text: str


class Corner(typing.NamedTuple):
    left: int
    top: int


class Model(BaseModel):
    text: str
    count: int = 2


class OpenModel(BaseModel):
    model_config = ConfigDict(extra="allow")
    text: str


class Eager:
    """An array as TensorFlow and its like give it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def numpy(self) -> Any:
        return self.value


@dataclass
class Unfinished:
    text: str
    score: float = field(init=False)


class Struct(msgspec.Struct):
    text: str


class Counts(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        return {"car": 2}[key]

    def __iter__(self) -> Iterator[str]:
        return iter(["car"])

    def __len__(self) -> int:
        return 1


class Row(Sequence[int]):
    def __getitem__(self, index: Any) -> Any:
        return (4, 5)[index]

    def __len__(self) -> int:
        return 2


@pytest.mark.parametrize("kind", NUMPY_NUMBERS)
def test_a_number_of_numpy_of_any_width_is_a_number(kind: type[Any]) -> None:
    for value in (kind(3), np.array(3, kind), np.array([3], kind)[0]):
        assert type(as_data(value)) in (int, float)
        assert as_data(value) == 3


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (np.bool_(True), True),
        (np.str_("car"), "car"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (Decimal("2.5"), 2.5),
        (Decimal("12345678901234567890"), 12345678901234567890),
        (Fraction(1, 4), 0.25),
        (Fraction(8, 2), 4),
        (Level.HIGH, 3),
        (Kind.CAR, "car"),
        (Side.NORTH, "north"),
        (Side.SECOND, 2),
        (Tensor(0.5), 0.5),
        (Tensor(np.float32(0.5)), 0.5),
        (array.array("i", [1, 2]), [1, 2]),
        ((1, 2), (1, 2)),
        (Corner(3, 4), (3, 4)),
        (collections.deque([1, 2]), [1, 2]),
        ({7, 5}, [5, 7]),
        (frozenset({"car"}), ["car"]),
        (range(3), [0, 1, 2]),
        (Row(), [4, 5]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        ({"a": 1}.keys(), ["a"]),
        (Counts(), {"car": 2}),
        (Plate("AB", 0.5), {"text": "AB", "score": 0.5}),
        (Slotted("AB"), {"text": "AB"}),
        (Model(text="AB"), {"text": "AB", "count": 2}),
        (Struct("AB"), {"text": "AB"}),
        (OpenModel(text="AB", count=2), {"text": "AB", "count": 2}),
        (types.SimpleNamespace(label="car", _hidden=1), {"label": "car"}),
        (Unfinished("AB"), {"text": "AB"}),
        (collections.UserString("car"), "car"),
        (collections.UserList([1]), [1]),
        ({"a": 1}.values(), [1]),
        (Eager(np.float32(0.5)), 0.5),
        (Eager(np.array([1, 2])), [1, 2]),
        (Tensor(Decimal("1.5")), 1.5),
        (np.array(Decimal("1.5"), dtype=object), 1.5),
    ],
)
def test_a_value_of_another_package_is_data(value: object, data: object) -> None:
    assert as_data(value) == data
    assert type(as_data(value)) is type(data)


@pytest.mark.parametrize("value", [Decimal("nan"), np.float32("nan"), Decimal("inf"), Decimal("1e999")])
def test_a_number_that_is_not_finite_is_a_float(value: object) -> None:
    assert not math.isfinite(as_data(value))


class Raising:
    """Ends the program when it is read."""

    def item(self) -> float:
        raise SystemExit(1)


class EndlessRow(Row):
    def __iter__(self) -> Iterator[int]:
        return itertools.count()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (datetime(2026, 1, 1), "a datetime"),
        (b"raw", "bytes"),
        (1 + 2j, "a complex"),
        (object(), "an object"),
        (len, "a builtin_function_or_method"),
        (itertools.count(), "a count"),
        (Raising(), "SystemExit while reading a Raising"),
        (EndlessRow(), f"more than {MAX_FOREIGN_ITEMS:,} items"),
        (np.zeros((200, 200)), "an array of 40,000 values"),
        (np.datetime64("2026-01-01T00:00:00", "ns"), "a datetime64"),
        (np.timedelta64(5, "ns"), "a timedelta64"),
        (np.array(["2026-01-01"], dtype="M8[ns]"), "an array"),
        (Decimal("sNaN"), "ValueError while reading a Decimal"),
    ],
)
def test_what_is_no_data_is_refused_with_its_type(value: object, why: str) -> None:
    with pytest.raises(NoData) as caught:
        as_data(value)
    assert str(caught.value) == why


def test_an_interrupt_by_a_person_is_not_held_back() -> None:
    class Interrupted:
        def item(self) -> float:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        as_data(Interrupted())


def test_fields_are_those_that_a_class_declares() -> None:
    assert field_names(Plate) == ("text", "score")
    assert field_names(Corner) == ("left", "top")
    assert field_names(Model) == ("text", "count")
    assert field_names(object) == field_names(int) == ()


def test_fields_of_a_value_are_also_those_that_it_has_beside_its_class() -> None:
    assert fields_of(OpenModel(text="AB", count=2)) == ("text", "count")
    assert fields_of(types.SimpleNamespace(a=1, _b=2)) == ("a",)
    assert fields_of(Plate("AB", 0.5)) == ("text", "score")


def test_a_type_is_named_with_its_article() -> None:
    assert [name_of_type(value) for value in (b"", object(), 1 + 2j)] == ["bytes", "an object", "a complex"]
