"""Ages of deliveries, however the clock is set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.health.ages import Ages, Now
from securos_trigger.outbox import Oldest
from tests.unit.health.test_ages import NOON, TARGET

kept = st.lists(
    st.tuples(st.floats(0.1, 30), st.booleans(), st.sampled_from([0.0, 0.0, 3_600.0, -3_600.0])), max_size=30
)


@given(kept)
def test_while_nobody_sets_the_clock_an_age_is_true_and_else_deliveries_still_grow_old_in_order(
    story: list[tuple[float, bool, float]],
) -> None:
    """One delivery is kept at each step; `goes` says that the oldest is delivered."""
    ages, at, set_by_s, before = Ages(), 0.0, 0.0, float("-inf")
    waiting: list[tuple[Oldest, float]] = []
    for number, (pause_s, goes, jump_s) in enumerate(story):
        at += pause_s
        waiting.append((Oldest(number, NOON + at + set_by_s), at))
        set_by_s += jump_s
        oldest, truly_since = waiting[0]
        since = ages.since(TARGET, oldest, Now(at, NOON + at + set_by_s))
        assert since is not None
        assert before <= since <= at
        if all(jump == 0 for _, _, jump in story[: number + 1]):
            assert abs(since - truly_since) < 1e-5
        before = since
        if goes:
            waiting.pop(0)
