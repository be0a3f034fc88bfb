"""Which time stamps count, and where media time begins again."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from securos_trigger.model import Moment
from securos_trigger.model.media_time import MediaClock, elapsed_s

BERLIN = ZoneInfo("Europe/Berlin")


def test_media_time_goes_forward() -> None:
    clock = MediaClock()
    assert [clock.advance(at) for at in (5.0, 5.0, 6)] == [False, False, False]
    assert clock.now == 6.0


def test_a_small_step_back_is_jitter_and_time_stands_still() -> None:
    clock = MediaClock()
    clock.advance(10.0)
    assert clock.advance(9.001) is False
    assert clock.now == 10.0


def test_a_step_back_of_a_second_starts_time_anew() -> None:
    clock = MediaClock()
    clock.advance(10.0)
    assert clock.advance(9.0) is True
    assert clock.now == 9.0


def test_a_stray_stamp_has_the_time_of_its_neighbour_and_a_usual_step_more() -> None:
    clock = MediaClock()
    assert not any(clock.advance(at) for at in (10.0, 10.25, 7210.5))
    assert clock.now == 10.5
    assert clock.advance(10.75) is False
    assert clock.now == 10.75


def test_a_stray_step_of_some_seconds_makes_time_wait_for_the_frames_after_it() -> None:
    clock = MediaClock()
    for at in (10.0, 10.5, 14.0, 11.5, 12.0, 13.9):
        assert clock.advance(at) is False
    assert clock.now == 14.0
    clock.advance(14.4)
    assert clock.now == 14.4


def test_a_jump_counts_from_its_third_frame() -> None:
    clock = MediaClock()
    assert [clock.advance(at) for at in (10.0, 10.04, 1.0, 1.04, 1.08)] == [False, False, False, False, True]
    assert (clock.now, clock.jumps) == (1.08, 1)


def test_a_jump_counts_at_once_where_the_source_begins_anew() -> None:
    clock = MediaClock()
    moments = [Moment(at, None, "yard", start) for at, start in ((10.0, "a"), (10.04, "a"), (0.0, "b"), (0.04, "b"))]
    assert [clock.advance_to(moment) for moment in moments] == [False, False, True, False]
    assert (clock.now, clock.jumps) == (0.04, 0)


def test_a_new_start_at_a_later_time_clears_nothing() -> None:
    clock = MediaClock()
    clock.advance(10.0, None, "a")
    assert clock.advance(7200.0, None, "b") is False
    assert clock.now == 7200.0


@pytest.mark.parametrize(("gap_s", "wall_s"), [(3600.0, 3600.0), (60.0, 58.5), (-3600.0, -3600.0)])
def test_a_gap_counts_at_once_when_the_wall_clock_moved_with_it(gap_s: float, wall_s: float) -> None:
    clock, began = MediaClock(), datetime(2026, 3, 1, tzinfo=UTC)
    clock.advance(0.0, began)
    clock.advance(0.04, began)
    assert clock.advance(0.04 + gap_s, began + timedelta(seconds=wall_s)) is (gap_s < 0)
    assert clock.now == 0.04 + gap_s


def test_wall_clocks_with_and_without_a_zone_explain_no_gap() -> None:
    clock = MediaClock()
    clock.advance(0.0, datetime(2026, 3, 1, tzinfo=UTC))
    clock.advance(0.04, datetime(2026, 3, 1))
    assert clock.advance(3600.0, datetime(2026, 3, 1, 1, tzinfo=UTC)) is False
    assert clock.now == 0.08


def test_a_step_of_the_usual_size_counts_at_once() -> None:
    clock = MediaClock()
    for at in (0.0, 120.0, 3600.0, 3600.1, 9000.0):
        assert clock.advance(at) is False
        assert clock.now == at


def test_irregular_stamps_that_only_rise_are_believed_after_some_frames() -> None:
    clock = MediaClock()
    stamps = [0.0, 0.1, *(number * 100.0 + number % 2 for number in range(1, 12))]
    times = []
    for at in stamps:
        clock.advance(at)
        times.append(clock.now)
    assert times[8] < 1.0
    assert times[9:] == stamps[9:]


def test_nanoseconds_as_seconds_are_no_times() -> None:
    clock = MediaClock()
    for number in range(100):
        clock.advance(number * 40_000_000)
    assert clock.now == 0.0


def test_small_steps_back_do_not_add_up_unnoticed() -> None:
    clock = MediaClock()
    clock.advance(10.0)
    assert [clock.advance(at) for at in (9.5, 9.1, 8.9)] == [False, False, True]


@pytest.mark.parametrize("at", [None, math.nan, math.inf, "12", True, 10**400])
def test_a_missing_or_unusable_time_is_the_last_one(at: object) -> None:
    clock = MediaClock()
    clock.advance(3.0)
    assert clock.advance(at) is False
    assert clock.now == 3.0


def test_a_stream_may_begin_with_a_negative_time() -> None:
    clock = MediaClock()
    assert clock.advance(-5.0) is False
    assert clock.now == -5.0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(datetime(2026, 3, 29, 1, 59, tzinfo=BERLIN), datetime(2026, 3, 29, 3, 1, tzinfo=BERLIN), id="begins"),
        pytest.param(datetime(2026, 10, 25, 2, 59, tzinfo=BERLIN), datetime(2026, 10, 25, 2, 1, tzinfo=BERLIN, fold=1), id="ends"),
    ],
)  # fmt: skip
def test_two_minutes_are_two_minutes_where_daylight_saving(before: datetime, after: datetime) -> None:
    assert elapsed_s(before, after) == 120.0
    clock = MediaClock()
    clock.advance(0.0, before)
    clock.advance(0.04, before)
    clock.advance(120.04, after)
    assert clock.now == 120.04


def test_wall_clocks_that_cannot_be_subtracted_are_no_number_of_seconds_apart() -> None:
    assert math.isnan(elapsed_s(datetime(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)))
    first = datetime.min.replace(tzinfo=BERLIN)
    assert math.isnan(elapsed_s(first, first))
