"""Plain data of any shape stays as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.metadata.plain import plain

JSON_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_DATA)
def test_plain_data_stays_as_it_is(value: object) -> None:
    assert plain(value) == value
