"""Interval and edge hold for frames at any times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.model import Reason, TriggerMode
from securos_trigger.model.media_time import ROUNDING_S, MediaClock
from securos_trigger.trigger.timing import Interval, Rise

TIMES = st.lists(st.floats(min_value=0, max_value=1e6, allow_nan=False), max_size=60)


@given(TIMES, st.floats(min_value=0, max_value=100), st.sets(st.integers(0, 60)))
def test_two_kept_events_are_never_closer_than_the_interval(
    times: list[float], interval_s: float, lost: set[int]
) -> None:
    clock, interval = MediaClock(), Interval(interval_s)
    kept: list[float] = []
    for number, at in enumerate(times):
        if clock.advance(at):
            interval.clear()
            kept.clear()
        if interval.left_s(clock.now):
            continue
        interval.reserve(str(number), clock.now)
        if number in lost:
            interval.release(str(number))
        else:
            assert not kept or clock.now - kept[-1] >= interval_s - ROUNDING_S
            kept.append(clock.now)


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from([True, False, None])), max_size=60), st.floats(0, 3))
def test_rising_edge_never_fires_twice_without_a_fall_or_a_long_unknown(
    frames: list[tuple[float, bool | None]], hold_s: float
) -> None:
    rise = Rise(TriggerMode.RISING_EDGE, hold_s)
    now, may_fire = 0.0, True
    unknown_since: float | None = None
    for step_s, truth in frames:
        now += step_s
        if truth is False or (unknown_since is not None and now - unknown_since > 1.0):
            may_fire = True
        unknown_since = (unknown_since if unknown_since is not None else now) if truth is None else None
        reason = rise.step(now, truth)
        assert reason is not Reason.FIRED or (may_fire and truth is True)
        if reason is Reason.FIRED:
            may_fire = False
