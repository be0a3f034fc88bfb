"""A number decides alike whatever type of Python or numpy it has."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.conditions import Condition


class Scalar:
    """A number as torch and its like give it."""

    def __init__(self, value: float) -> None:
        self.value = value

    def item(self) -> float:
        return self.value


NUMBER_TYPES: list[Callable[[Any], Any]] = [
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
    *(np.float16, np.float32, np.float64, np.longdouble, np.array, Decimal, Fraction, Scalar, int, float),
]


TEXTS = ("x.n > 50", "x.n = 50", "x.n + 1 <= 51", "50 < x.n < 60", "x.n in [50, 51]", "x.*  >= 50", "not x.n")
LOOPS = ("any(n > 50 for n in x.list)", "sum(n for n in x.list) > 50", "max(x.list) > 50", "x.list[0] > 50", "x.n")
READ_ONCE = [Condition(text) for text in (*TEXTS, *LOOPS)]


@pytest.mark.parametrize("number", NUMBER_TYPES)
@given(value=st.integers(0, 100))
def test_a_number_of_any_type_decides_as_pythons_own(number: Callable[[Any], Any], value: int) -> None:
    own, foreign = ({"x": {"n": n, "list": [n]}} for n in (value, number(value)))
    for condition in READ_ONCE:
        assert condition.truth(foreign) is condition.truth(own), condition
