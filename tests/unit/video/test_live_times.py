"""Media time of a live source whose stamps are no clock: it goes on by when frames come, and is said with its end."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

import pytest

from securos_trigger.model import Moment
from securos_trigger.model.media_time import MediaClock
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, Notice
from securos_trigger.trigger.timing import Interval
from securos_trigger.video import frame_times, live_times
from securos_trigger.video.live_times import LiveTimes


class Camera:
    """Frames at 25 a second, by a clock that stands in for the machine's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now_s)
        for module in (live_times, frame_times):
            monkeypatch.setattr(module, "datetime", self)
        self.notices: list[Notice] = []
        self.figures = SourceFigures()
        self.times = LiveTimes("yard", self.figures, Announcer([self.notices.append], pipeline="gate"))
        self.times.begin()
        self.clock, self.interval, self.fired = MediaClock(), Interval(10.0), list[float]()

    def now(self, zone: object) -> object:
        from datetime import UTC, datetime

        assert zone is UTC
        return datetime.fromtimestamp(1_800_000_000 + self.now_s, UTC)

    def give(self, stamps: Iterable[float | None]) -> list[Moment]:
        moments = []
        for stamp in stamps:
            self.now_s += 0.04
            moments.append(self.times.moment(stamp))
            if self.clock.advance_to(moments[-1]):
                self.interval.clear()
            if not self.interval.left_s(self.clock.now):
                self.interval.reserve("", self.clock.now)
                self.fired.append(self.now_s)
        return moments


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Camera:
    return Camera(monkeypatch)


def stamps(seconds: float, first: float = 0.0, speed: float = 1.0) -> list[float]:
    return [first + number * 0.04 * speed for number in range(round(seconds * 25))]


def test_stamps_that_stand_still_are_said_once_with_their_end_and_media_time_goes_on(camera: Camera) -> None:
    camera.give(stamps(20))
    still = camera.give([20.0] * 25 * 60)
    assert still[-1].at == pytest.approx(20 + 60 - 5, abs=0.2)
    assert camera.figures.times_unusable_reason == "they stand still"
    assert camera.figures.times_unusable_since_at_ticks == pytest.approx(1025.0, abs=0.2)
    after = camera.give(stamps(60, 20.0))
    assert after[-1].at == pytest.approx(20 + 60 - 5 + 60, abs=0.2)
    assert (camera.figures.times_unusable_since_at_ticks, camera.figures.times_unusable_reason) == (None, "")
    assert [str(notice).partition(" fix=")[0] for notice in camera.notices] == [
        'source_times_unusable pipeline=gate source=yard reason="they stand still: the arrival time of its frames is used"',
        f"source_times_usable pipeline=gate source=yard outage_s={camera.notices[-1].fields['outage_s']}",
    ]
    assert 55 + 30 <= float(str(camera.notices[-1].fields["outage_s"])) <= 55 + 50
    assert len({moment.start for moment in (*still, *after)}) == 1


@pytest.mark.parametrize(
    ("wrong", "events"),
    [
        pytest.param([20.0] * 25 * 120, 12, id="constant"),
        pytest.param([20.0 + number % 4 * 0.04 for number in range(25 * 120)], 12, id="four values"),
        pytest.param([20.0 + number * 4e-5 for number in range(25 * 120)], 12, id="a thousandth"),
        pytest.param([20.0 + number * 40.0 for number in range(25 * 120)], 16, id="a thousand times"),
        pytest.param([20.0 - number * 0.04 for number in range(25 * 120)], 18, id="backwards"),
        pytest.param([20.0 + number % 75 * 0.04 for number in range(25 * 120)], 18, id="a loop of three seconds"),
    ],
)
def test_an_interval_of_ten_seconds_holds_by_stamps_that_are_no_clock(
    camera: Camera, wrong: list[float], events: int
) -> None:
    """Two minutes of them. A few more events at the start, before it is known, are as few as that."""
    camera.give(stamps(20))
    before, began_s = len(camera.fired), camera.now_s
    camera.give(wrong)
    assert 11 <= len(camera.fired) - before <= events
    late = [at_s for at_s in camera.fired if at_s > began_s + 30]
    assert [round(later - earlier, 1) for earlier, later in itertools.pairwise(late)] == [10.0] * (len(late) - 1)
    assert [notice.name for notice in camera.notices] == ["source_times_unusable"]


def test_half_the_speed_is_said_after_two_minutes_and_media_time_runs_with_the_clock_then(camera: Camera) -> None:
    camera.give(stamps(200, speed=0.5))
    [notice] = camera.notices
    assert "they run at 0.5 times the speed of the clock" in str(notice)
    first, *_, last = camera.give(stamps(60, 100.0, 0.5))
    assert last.at - first.at == pytest.approx(59.96)


@pytest.mark.parametrize("to_s", [3_620.0, 86_420.0, 1_800_000_020.0, 0.0, -3_580.0])
def test_where_a_camera_sets_its_clock_media_time_goes_on_from_where_it_is(camera: Camera, to_s: float) -> None:
    """A restart of the camera without a new connection, a time server, the wrap of a counter."""
    before = camera.give(stamps(20))
    after = camera.give(stamps(20, to_s))
    at = [moment.at for moment in (*before, *after)]
    assert all(0 <= later - earlier < 0.3 for earlier, later in itertools.pairwise(at))
    assert at[-1] == pytest.approx(39.96, abs=0.2)
    assert len({moment.start for moment in (*before, *after)}) == 1
    assert [round(later - earlier, 1) for earlier, later in itertools.pairwise(camera.fired)] == [10.0] * 3
    assert camera.notices == []


def test_frames_without_a_stamp_go_on_by_when_they_come_and_are_no_fault(camera: Camera) -> None:
    moments = camera.give([*[None] * 100, *stamps(10, 4.0)])
    assert moments[99].at == pytest.approx(4.0)
    assert moments[-1].at == pytest.approx(13.96)
    assert camera.notices == []


def test_a_reconnect_does_not_end_what_is_known_of_the_stamps(camera: Camera) -> None:
    camera.give([7.0] * 200)
    camera.times.begin()
    camera.give([3.0] * 200)
    assert [notice.name for notice in camera.notices] == ["source_times_unusable"]
    assert len(camera.fired) >= 1


def test_of_a_source_that_is_not_live_only_stamps_that_stand_still_are_a_fault(camera: Camera) -> None:
    camera.times.take_live(is_live=False)
    camera.give(stamps(300, speed=30.0))  # a file that is read as fast as it can be
    camera.give(stamp for gap in range(1, 20) for stamp in stamps(2, 9_000.0 + 1_000.0 * gap))
    assert camera.notices == []
    camera.give([50_000.0] * 200)
    assert [notice.name for notice in camera.notices] == ["source_times_unusable"]


@pytest.mark.parametrize("step_s", [0.04, 6.0, 10.0, 3600.0])
def test_times_of_a_source_whose_steps_are_not_known_are_right_from_the_second_frame_on(step_s: float) -> None:
    figures, announcer = SourceFigures(), Announcer()
    times = LiveTimes("yard", figures, announcer, usual_step_s=None)
    times.take_live(is_live=False)
    found = [times.moment(number * step_s).at for number in range(10)]
    assert found == pytest.approx([number * step_s for number in range(10)])
