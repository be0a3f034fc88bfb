"""How long deliveries wait, while somebody sets the clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.health.ages import Ages, Now
from securos_trigger.outbox import Oldest

TARGET = "https://vms.example:3443"
NOON = 1_700_000_000.0


def test_a_delivery_that_lay_there_at_the_start_has_the_age_that_the_wall_clock_says() -> None:
    assert Ages().since(TARGET, Oldest(7, NOON - 500), Now(100.0, NOON)) == -400.0


def test_a_delivery_that_waits_gets_no_older_when_the_clock_is_set_ahead() -> None:
    ages = Ages()
    assert ages.since(TARGET, Oldest(7, NOON), Now(100.0, NOON)) == 100.0
    assert ages.since(TARGET, Oldest(7, NOON), Now(101.0, NOON + 3_601)) == 100.0


def test_what_was_kept_before_the_clock_was_set_ahead_is_no_older_than_what_went_before_it() -> None:
    ages = Ages()
    ages.since(TARGET, Oldest(7, NOON), Now(100.0, NOON))
    assert ages.since(TARGET, Oldest(8, NOON + 0.5), Now(102.0, NOON + 3_602)) == 100.0


def test_what_comes_after_nothing_waited_is_no_older_than_that() -> None:
    ages = Ages()
    assert ages.since(TARGET, None, Now(100.0, NOON)) is None
    assert ages.since(TARGET, Oldest(8, NOON + 0.5), Now(101.0, NOON + 3_601)) == 100.0


def test_nothing_waits_since_the_future() -> None:
    assert Ages().since(TARGET, Oldest(7, NOON + 9_000), Now(100.0, NOON)) == 100.0


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
