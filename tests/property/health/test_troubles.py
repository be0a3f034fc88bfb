"""Troubles begin and end as the signs before them say, whatever these are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.health.troubles import Began, Ended, Observation, Sign, Trouble
from tests.unit.health.test_troubles import FAILING, HEALTHY, UNCLEAR

steps = st.lists(st.tuples(st.floats(0.1, 20), st.sampled_from([FAILING, HEALTHY, UNCLEAR])), max_size=60)


@given(steps, st.sampled_from([0.0, 10.0]), st.sampled_from([0.0, 10.0, 60.0]))
def test_every_change_is_what_the_signs_before_it_say(
    steps: list[tuple[float, Sign]], hold_s: float, recover_s: float
) -> None:
    """Against a model that looks back over the whole history each time."""
    trouble, at, history = Trouble(hold_s, recover_s), 0.0, list[tuple[float, Sign]]()
    is_open = False
    for pause_s, sign in steps:
        at += pause_s
        history.append((at, sign))
        unbroken_since = at
        for then, before in reversed(history):
            if before is not sign:
                break
            unbroken_since = then
        held_s = at - unbroken_since
        begins = not is_open and sign is FAILING and held_s >= hold_s
        ends = is_open and sign is HEALTHY and held_s >= recover_s
        change = trouble.observe(Observation(sign, at))
        assert (isinstance(change, Began), isinstance(change, Ended)) == (begins, ends)
        is_open = (is_open or begins) and not ends
        assert (trouble.since is not None) is is_open
