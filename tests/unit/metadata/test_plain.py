"""Whatever is in metadata can be made plain."""

from __future__ import annotations

import json
from enum import IntEnum

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.metadata.plain import plain

JSON_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class Colour(IntEnum):
    RED = 3


@given(JSON_DATA)
def test_plain_data_stays_as_it_is(value: object) -> None:
    assert plain(value) == value


def test_subclasses_of_numbers_become_numbers() -> None:
    assert type(plain(Colour.RED)) is int


def test_what_contains_itself_is_cut_off() -> None:
    knot: list[object] = []
    knot.append(knot)
    json.dumps(plain(knot))


def test_numbers_that_json_cannot_say_become_null() -> None:
    assert plain([float("inf"), float("-inf"), float("nan"), 1.5]) == [None, None, None, 1.5]
