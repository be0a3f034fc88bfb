"""Whatever way objects go, a zone's counts agree with each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.analytics.zone import ZonePresence
from tests.unit.analytics.test_zone import INSIDE, OUTSIDE, YARD, look


@given(
    st.lists(
        st.tuples(
            st.floats(-1.5, 3),
            st.dictionaries(st.integers(0, 3), st.sampled_from([INSIDE, OUTSIDE]), max_size=4),
        ),
        max_size=40,
    )
)
def test_entered_less_exited_is_always_who_is_present(
    steps: list[tuple[float, dict[int, tuple[float, float]]]],
) -> None:
    node, at, entered, exited = ZonePresence(YARD), 50.0, 0, 0
    for elapsed_s, people in steps:
        at += elapsed_s
        found = look(node, at, *people.items())
        entered += found["objects_entered_delta"]
        exited += found["objects_exited_delta"]
        assert found["objects_entered_count"] == entered
        assert found["objects_exited_count"] == exited
        assert found["current_objects_count"] == len(found["current_objects"]) == entered - exited
