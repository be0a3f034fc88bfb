"""Whatever is in metadata can be made plain."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from types import MappingProxyType

import numpy as np

from securos_trigger.metadata.plain import plain


class Side(Enum):
    NORTH = "north"


class Colour(IntEnum):
    RED = 3


def test_subclasses_of_numbers_become_numbers() -> None:
    assert type(plain(Colour.RED)) is int


class Name(str):
    pass


def test_a_subclass_of_text_becomes_text() -> None:
    assert type(plain(Name("gate"))) is str
    assert plain(Name("gate")) == "gate"


def test_what_contains_itself_is_cut_off() -> None:
    knot: list[object] = []
    knot.append(knot)
    assert json.dumps(plain(knot)) == json.dumps(nested("…", 32))


def test_what_is_nested_deeper_than_32_is_cut_off() -> None:
    assert plain(nested(1, 31)) == nested(1, 31)
    assert plain(nested([1], 32)) == nested("…", 32)
    assert plain({"a": nested([1], 31)}) == {"a": nested("…", 31)}


def nested(value: object, depth: int) -> object:
    """`value` in so many lists."""
    return value if depth == 0 else [nested(value, depth - 1)]


def test_numbers_and_arrays_of_numpy_become_numbers_and_lists() -> None:
    values = {"count": np.int64(3), "score": np.float32(0.5), "box": np.array([[1, 2], [3, 4]]), "seen": np.bool_(True)}
    made = plain(values)
    assert made == {"count": 3, "score": 0.5, "box": [[1, 2], [3, 4]], "seen": True}
    assert [type(made["count"]), type(made["score"]), type(made["seen"])] == [int, float, bool]
    assert plain(np.array([np.nan, np.inf])) == [None, None]


def test_sets_and_tuples_become_lists() -> None:
    assert plain({"line": (1, (2, 3)), "ids": {7}, "labels": frozenset({"car"})}) == {
        "line": [1, [2, 3]],
        "ids": [7],
        "labels": ["car"],
    }


@dataclass
class Plate:
    text: str


class Mute:
    def __str__(self) -> str:
        raise SystemExit(1)


def test_a_recording_says_of_foreign_values_what_a_condition_reads() -> None:
    values = {"plate": Plate("AB"), "queue": deque([1]), "price": Decimal("2.5"), "side": Side.NORTH}
    assert plain(values) == {"plate": {"text": "AB"}, "queue": [1], "price": 2.5, "side": "north"}


def test_a_value_without_a_text_is_its_type() -> None:
    assert plain([Mute()]) == ["(a Mute)"]


def test_keys_become_text() -> None:
    assert plain({1: "a", None: "b", (2, 3): "c"}) == {"1": "a", "None": "b", "(2, 3)": "c"}


def test_a_mapping_that_is_no_dict_becomes_one() -> None:
    assert type(plain(MappingProxyType({"a": 1}))) is dict
    assert plain(MappingProxyType({"a": 1})) == {"a": 1}


def test_the_copy_goes_on_as_it_is_when_the_value_changes() -> None:
    inner: dict[str, object] = {"labels": ["car"]}
    made = plain({"a": inner, "b": [inner]})
    inner["labels"] = []
    assert made == {"a": {"labels": ["car"]}, "b": [{"labels": ["car"]}]}


def test_plain_scalars_keep_their_types() -> None:
    made = plain([None, True, 1, 1.5, "a"])
    assert [type(value) for value in made] == [type(None), bool, int, float, str]


def test_anything_else_becomes_its_text() -> None:
    assert plain([Path("a/b"), 1 + 2j, b"raw"]) == ["a/b", "(1+2j)", "b'raw'"]


def test_numbers_that_json_cannot_say_become_null() -> None:
    assert plain([float("inf"), float("-inf"), float("nan"), 1.5]) == [None, None, None, 1.5]


def test_a_number_that_is_too_long_for_a_text_is_infinite() -> None:
    assert plain([10**4000, 10**5000, -(10**5000)]) == [10**4000, None, None]
    assert plain([10**5000, -(10**5000)], keeps_not_finite=True) == [float("inf"), float("-inf")]
    assert json.dumps(plain({"a": np.float32("inf")}, keeps_not_finite=True)) == '{"a": Infinity}'
