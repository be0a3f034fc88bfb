"""How long to wait before the next attempt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.delivery.back_off import BackOff

POLICY = BackOff(first_s=0.5, longest_s=30.0, longest_retry_after_s=600.0)
chances = st.floats(0, 1, exclude_max=True)


def test_the_bound_doubles_with_each_failure_up_to_the_longest() -> None:
    bounds = [POLICY.wait_s(failures, lambda: 1.0) for failures in range(1, 10)]
    assert bounds == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@given(failures=st.integers(0, 10**9), chance=chances)
def test_a_wait_lies_between_nothing_and_the_longest(failures: int, chance: float) -> None:
    assert 0 <= POLICY.wait_s(failures, lambda: chance) <= POLICY.longest_s


@given(failures=st.integers(1, 100), chance=chances, asked_s=st.floats(-1e9, 1e9))
def test_what_the_receiver_asks_for_is_the_least_wait_within_reason(
    failures: int, chance: float, asked_s: float
) -> None:
    wait_s = POLICY.wait_s(failures, lambda: chance, asked_s)
    assert min(max(asked_s, 0), POLICY.longest_retry_after_s) <= wait_s
    assert wait_s <= POLICY.longest_retry_after_s + POLICY.first_s


def test_a_receiver_that_asks_for_no_wait_does_not_switch_the_back_off_off() -> None:
    assert [POLICY.wait_s(failures, lambda: 0.5, 0.0) for failures in (1, 3, 7)] == [0.25, 1.0, 15.0]


def test_the_jitter_is_spread_over_the_whole_wait() -> None:
    chances_drawn = iter((0.0, 0.25, 0.5))
    assert [POLICY.wait_s(7, chances_drawn.__next__) for _ in range(3)] == [0.0, 7.5, 15.0]
