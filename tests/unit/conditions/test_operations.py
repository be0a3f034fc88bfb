"""Operations on values alone: what is not plain data is never asked."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from securos_trigger.conditions import Condition, Truth
from securos_trigger.conditions.operations import Undecided, calculate, compare
from securos_trigger.metadata.recorded_frames import line_of
from securos_trigger.model import Frame, Moment


class Agreeable:
    """Claims to be equal to anything, as code of somebody else may."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("left", "right"), [(Agreeable(), 1), (1, Agreeable()), ([Agreeable()], [1]), ([b"a"], [b"a"])]
)
def test_a_value_that_is_not_plain_data_is_not_compared(left: object, right: object) -> None:
    with pytest.raises(Undecided):
        compare("==", left, right)


def test_plain_data_is_compared_as_python_does() -> None:
    assert compare("==", [1, {"a": None}], [1.0, {"a": None}])
    assert not compare("==", "1", 1)
    assert compare("<", 1, 2)


def test_foreign_values_inside_a_list_are_compared_as_data() -> None:
    assert compare("==", [np.int64(1), {"a": Decimal("2.5")}], [1, {"a": 2.5}])
    assert compare("in", 5, [np.int64(5)])
    assert compare("==", {1, 2}, [1, 2])


def test_a_tuple_is_compared_as_the_list_that_a_recording_has_in_its_place() -> None:
    assert compare("==", (1, 2), [1, 2])
    assert compare("in", [1, (2, 3)], [(1, [2, 3])])
    assert compare("<", (1, 2), [1, 3])
    assert not compare("!=", {"a": (1,)}, {"a": [1]})
    assert compare("==", {(1, 2): 3}, {(1, 2): 3})
    assert calculate("+", (1,), [2]) == [1, 2]


# Values as code of a pipeline writes them, and a clause that is true of each.
WRITTEN: list[tuple[dict[str, Any], str]] = [
    ({"size": (640, 480)}, "size = [640, 480]"),
    ({"sizes": [(1, 2), (3, 4)]}, "any(s = [3, 4] for s in sizes)"),
    ({"counts": {2: 5}}, "counts.2 = 5"),
    ({"counts": {2: 5}}, "counts[2] = 5"),
    ({"counts": {"2": 5}}, "counts[2] = 5"),
    ({"counts": {2: {"cars": [1]}}}, "any(n = 1 for n in counts.2.cars)"),
    ({"counts": {2: {"cars": [1]}}}, "counts.2.cars[0] = 1 and counts.2.cars.0 = 1"),
    ({"score": np.float32("nan")}, "not (score > 0)"),
    ({"score": np.array([np.inf])}, "score[0] > 1"),
    ({"number": 10**5000}, "number > 0"),
]


@pytest.mark.parametrize(("metadata", "text"), WRITTEN)
def test_a_replay_decides_as_the_live_node_did(metadata: dict[str, Any], text: str) -> None:
    recorded = json.loads(line_of(Frame(Moment(0.0), metadata=metadata)))["metadata"]
    assert [Condition(text).truth(metadata), Condition(text).truth(recorded)] == [Truth.TRUE, Truth.TRUE]


@pytest.mark.parametrize("text", ['counts["02"] = 5', "any(n = 5 for n in counts['02'])"])
def test_a_key_of_digits_that_is_no_number_of_json_finds_none(text: str) -> None:
    assert Condition(text).truth({"counts": {2: 5}}) is Truth.UNKNOWN


def test_a_key_that_is_a_number_is_missing_when_neither_form_is_there() -> None:
    for text in (
        "counts.3 = 5",
        "counts[3] = 5",
        "counts[-1] = 5",
        "not (counts.3 = 5)",
        "any(n = 1 for n in counts.3)",
    ):
        assert Condition(text).truth({"counts": {2: 5, "4": 1}}) is Truth.UNKNOWN
