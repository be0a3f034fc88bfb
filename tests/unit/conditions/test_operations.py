"""Operations on values alone: what is not plain data is never asked."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from securos_trigger.conditions.operations import Undecided, compare


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
