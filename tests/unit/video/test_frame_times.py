"""Clean media time for every frame of a source, and the pace of a file."""

from __future__ import annotations

import pytest

from securos_trigger.model.media_time import MediaClock
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.video import frame_times
from securos_trigger.video.frame_times import FrameTimes, Pace


def test_a_stray_stamp_has_its_neighbours_time_also_as_the_second_one() -> None:
    times = FrameTimes("yard")
    moments = [times.moment(stamp) for stamp in (0.0, 7200.0, 0.08, 0.12, -7200.0, 0.2)]
    assert [round(moment.at, 3) for moment in moments] == [0.0, 0.04, 0.08, 0.12, 0.16, 0.2]
    assert len({moment.start for moment in moments}) == 1
    assert {moment.source_name for moment in moments} == {"yard"}


def test_a_frame_without_a_stamp_has_a_usual_step_more_than_the_one_before() -> None:
    times = FrameTimes("yard")
    stamps = (0.0, 0.1, None, None, 0.4)
    assert [round(times.moment(stamp).at, 3) for stamp in stamps] == [0.0, 0.1, 0.2, 0.3, 0.4]


def test_each_begin_has_a_start_of_its_own_and_its_first_stamp_counts_at_once() -> None:
    times = FrameTimes("yard")
    first = [times.moment(stamp) for stamp in (5.0, 5.04)]
    times.begin()
    second = [times.moment(stamp) for stamp in (0.0, 0.04)]
    assert [moment.at for moment in second] == [0.0, 0.04]
    assert len({moment.start for moment in (*first, *second)}) == 2


@pytest.mark.parametrize("far_s", [3600.0, -3600.0])
def test_where_stamps_jump_for_good_the_nodes_follow_on_the_same_frame(far_s: float) -> None:
    times, node_clock = FrameTimes("yard"), MediaClock()
    stamps = [*(number / 25 for number in range(50)), *(far_s + number / 25 for number in range(5))]
    moments = [times.moment(stamp) for stamp in stamps]
    for moment in moments:
        node_clock.advance_to(moment)
        assert node_clock.now == moment.at
    assert [round(moment.at - far_s, 3) for moment in moments[52:]] == [0.08, 0.12, 0.16]
    assert len({moment.start for moment in moments}) == 2


@pytest.mark.parametrize("far_s", [3600.0, -3600.0])
def test_a_stray_stamp_on_the_first_frame_of_all_begins_nothing_anew(far_s: float) -> None:
    times, node_clock = FrameTimes("yard"), MediaClock()
    moments = [times.moment(stamp) for stamp in (far_s, *(number / 25 for number in range(1, 60)), far_s, 61 / 25)]
    assert not any(node_clock.advance_to(moment) for moment in moments)
    assert [round(moment.at - far_s, 3) for moment in moments] == [number / 25 for number in range(62)]
    assert len({moment.start for moment in moments}) == 1


def test_a_source_of_a_frame_every_ten_seconds_keeps_its_time() -> None:
    times = FrameTimes("yard")
    times.begin(10.0)
    assert [times.moment(stamp).at for stamp in (0.0, 10.0, 20.0, 30.0)] == [0.0, 10.0, 20.0, 30.0]


class Clock:
    """Stands in for the monotonic clock."""

    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(frame_times, "time", made)
    return made


def test_a_frame_is_due_at_its_media_time(clock: Clock) -> None:
    pace = Pace(lambda behind_s: None)
    assert [pace.wait_s(at) for at in (7.0, 7.5, 8.0)] == [0.0, 0.5, 1.0]
    clock.now_s += 1.25
    assert pace.wait_s(9.0) == 0.75


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, 6.0])
def test_a_jump_of_media_time_is_not_waited_for(clock: Clock, jump_s: float) -> None:
    pace = Pace(lambda behind_s: None)
    assert [pace.wait_s(at) for at in (10.0, 10.5, 10.5 + jump_s, 10.75 + jump_s)] == [0.0, 0.5, 0.0, 0.25]


def test_falling_behind_is_reported_once(clock: Clock) -> None:
    behind: list[float] = []
    pace = Pace(behind.append)
    for number in range(20):
        pace.wait_s(number / 2)
        clock.now_s += 1.25
    assert behind == [5.25]


def test_a_file_is_behind_until_it_was_not_for_a_minute_although_it_begins_again(clock: Clock) -> None:
    figures = SourceFigures()
    pace = Pace(lambda behind_s: None, figures)
    assert figures.behind_lately_s(clock.monotonic()) == 0.0
    for number in range(20):
        pace.wait_s(number / 2)
        clock.now_s += 1.25
    seen_s = figures.behind_lately_s(clock.monotonic())
    assert seen_s == 14.25
    pace.wait_s(0.0)  # it begins again
    assert figures.behind_lately_s(clock.monotonic()) == seen_s
    clock.now_s += 61.0
    assert figures.behind_lately_s(clock.monotonic()) == 0.0
