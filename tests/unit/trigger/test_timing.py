"""Rise and interval."""

from __future__ import annotations

import pytest

from securos_trigger.model import Reason, TriggerMode
from securos_trigger.model.media_time import ROUNDING_S
from securos_trigger.trigger.timing import FIRST_PAUSE_S, Interval, Rise


def steps(rise: Rise, *frames: tuple[float, bool | None]) -> list[Reason]:
    return [rise.step(at, truth) for at, truth in frames]


def test_level_counts_on_every_true_frame() -> None:
    rise = Rise(TriggerMode.LEVEL, 0)
    assert steps(rise, (0, True), (1, True), (2, False), (3, True)) == [
        Reason.FIRED, Reason.FIRED, Reason.CONDITION_FALSE, Reason.FIRED,
    ]  # fmt: skip


def test_rising_edge_counts_once_for_each_rise() -> None:
    rise = Rise(TriggerMode.RISING_EDGE, 0)
    assert steps(rise, (0, True), (1, True), (2, False), (3, True)) == [
        Reason.FIRED, Reason.NOT_RISEN, Reason.CONDITION_FALSE, Reason.FIRED,
    ]  # fmt: skip


def test_hold_waits_until_the_condition_was_true_long_enough() -> None:
    rise = Rise(TriggerMode.LEVEL, 2.0)
    assert steps(rise, (0, True), (1, True), (2, True), (3, False), (4, True)) == [
        Reason.HOLDING, Reason.HOLDING, Reason.FIRED, Reason.CONDITION_FALSE, Reason.HOLDING,
    ]  # fmt: skip


def test_a_short_unknown_keeps_the_edge_and_the_hold() -> None:
    rise = Rise(TriggerMode.RISING_EDGE, 1.0)
    assert steps(rise, (0, True), (0.5, None), (1.0, True), (1.5, None), (2.5, True)) == [
        Reason.HOLDING, Reason.CONDITION_UNKNOWN, Reason.FIRED, Reason.CONDITION_UNKNOWN, Reason.NOT_RISEN,
    ]  # fmt: skip


def test_a_long_unknown_counts_as_false() -> None:
    rise = Rise(TriggerMode.RISING_EDGE, 0)
    assert steps(rise, (0, True), (1, None), (2.1, True)) == [Reason.FIRED, Reason.CONDITION_UNKNOWN, Reason.FIRED]


def test_a_rearmed_rise_fires_again_on_the_next_true_frame() -> None:
    rise = Rise(TriggerMode.RISING_EDGE, 0)
    rise.step(0, True)
    rise.rearm()
    assert rise.step(1, True) is Reason.FIRED


def test_the_interval_says_how_many_seconds_are_left() -> None:
    interval = Interval(10)
    assert interval.left_s(0) == 0
    interval.reserve("a", 0)
    assert interval.left_s(4) == 6
    assert interval.left_s(10) == 0


def test_frames_at_thirty_a_second_lose_no_frame_to_rounding() -> None:
    """An hour. A tenth of a second is three frames, but many a difference of such times is a little less."""
    interval = Interval(0.1)
    fired = []
    for number in range(3600 * 30):
        at = number / 30
        if not interval.left_s(at):
            interval.reserve(str(number), at)
            fired.append(number)
    assert fired == list(range(0, 3600 * 30, 3))


def test_a_hold_loses_no_frame_to_rounding() -> None:
    waited = []
    for first in range(0, 3600 * 30, 7):
        rise = Rise(TriggerMode.LEVEL, 0.1)
        reasons = [rise.step((first + number) / 30, True) for number in range(4)]
        waited.append(reasons.index(Reason.FIRED))
    assert set(waited) == {3}


def test_what_is_left_within_the_rounding_is_nothing() -> None:
    assert Rise(TriggerMode.LEVEL, ROUNDING_S).step(0, True) is Reason.FIRED
    shortest = Interval(ROUNDING_S)
    shortest.reserve("a", 0)
    assert shortest.left_s(0) == 0
    paused = Interval(10)
    paused.reserve("a", -FIRST_PAUSE_S)
    paused.release("a")
    assert paused.left_s(-ROUNDING_S) == 0
    assert paused.left_s(-2 * ROUNDING_S) > 0


def test_an_interval_may_be_shorter_than_a_second() -> None:
    interval = Interval(0.5)
    interval.reserve("a", 10.0)
    assert interval.left_s(10.25) == 0.25


def test_a_released_event_gives_its_interval_back() -> None:
    interval = Interval(10)
    interval.reserve("kept", 0)
    interval.reserve("lost", 12)
    assert interval.release("lost") is True
    assert interval.left_s(12) == 1, "the pause after a loss"
    assert interval.left_s(13) == 0
    assert interval.left_s(5) == 5


def test_only_the_latest_event_can_be_released() -> None:
    interval = Interval(10)
    interval.reserve("first", 0)
    interval.reserve("second", 10)
    assert interval.release("first") is False
    assert interval.left_s(12) == 8


def test_a_hold_counts_anew_where_the_source_began_anew_and_a_spent_rise_stays_spent() -> None:
    rise = Rise(TriggerMode.RISING_EDGE, 5.0)
    assert [rise.step(at, True) for at in (0.0, 1.0)] == [Reason.HOLDING, Reason.HOLDING]
    rise.restart_hold()
    assert [rise.step(at, True) for at in (600.0, 604.0, 605.0)] == [Reason.HOLDING, Reason.HOLDING, Reason.FIRED]
    rise.restart_hold()
    assert [rise.step(at, True) for at in (700.0, 705.0)] == [Reason.HOLDING, Reason.NOT_RISEN]


@pytest.mark.parametrize("began_s", [0.0, 1.7e9, 2.0e9])
@pytest.mark.parametrize("interval_s", [0.1, 0.2, 0.3, 1 / 3])
def test_an_interval_of_whole_frames_is_exact_also_in_seconds_since_1970(began_s: float, interval_s: float) -> None:
    interval, fired = Interval(interval_s), []
    for number in range(300):
        now = began_s + number * interval_s
        if not interval.left_s(now):
            interval.reserve(str(number), now)
            fired.append(number)
    assert fired == list(range(300))
