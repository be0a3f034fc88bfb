"""Stamps of a source against the plain truth: what media time really was, and where it really began anew."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.model import Moment
from securos_trigger.model.media_time import MediaClock
from securos_trigger.trigger.timing import Interval

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
HOUR_S = 3600.0


@dataclass
class Seen:
    """One frame: what the source says, what media time truly is, and whether it truly begins anew here."""

    moment: Moment
    truth: float
    is_stray: bool = False
    begins_anew: bool = False


@dataclass
class Camera:
    """Makes frames. Its truth needs no clock under test: it adds steps up."""

    step_s: float = 0.04
    has_wall: bool = True
    stamp: float = 0.0
    wall_s: float = 0.0
    start: int = 0
    frames: list[Seen] = field(default_factory=list)
    anew: bool = False

    def _moment(self, stamp: float) -> Moment:
        wall = BEGAN + timedelta(seconds=self.wall_s) if self.has_wall else None
        return Moment(stamp, wall, "yard", str(self.start))

    def run(self, frames: int) -> None:
        for _ in range(frames):
            self.frames.append(Seen(self._moment(self.stamp), self.stamp, begins_anew=self.anew))
            self.anew = False
            self._step(self.step_s)

    def stray(self, by_s: float) -> None:
        self.frames.append(Seen(self._moment(self.stamp + by_s), self.stamp, is_stray=True))
        self._step(self.step_s)

    def gap(self, by_s: float) -> None:
        """Nothing comes for a while: stamps and wall clock both go on."""
        self._step(by_s)

    def begin_anew(self) -> None:
        """A reconnect, a turn of a loop: stamps begin at 0 at once."""
        self.anew = self.stamp > self.step_s
        self.stamp, self.start = 0.0, self.start + 1

    def _step(self, by_s: float) -> None:
        self.stamp += by_s
        self.wall_s += by_s


FAR = st.one_of(
    st.floats(60, 1e9), st.floats(-1e9, -60), st.sampled_from([HOUR_S, -HOUR_S, 5.5, -1.5, 3.0, math.nan, math.inf])
)
CHAPTERS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(4, 40)),
        st.tuples(st.just("stray"), FAR),
        st.tuples(st.just("gap"), st.floats(1.5, 1e5)),
        st.tuples(st.just("anew"), st.none()),
    ),
    max_size=25,
)


def camera_of(chapters: list[tuple[str, float]], step_s: float) -> list[Seen]:
    """The frames of these chapters; between any two of them the source runs undisturbed for some frames."""
    camera = Camera(step_s)
    camera.run(5)
    for what, value in chapters:
        match what:
            case "run":
                camera.run(int(value))
            case "stray":
                camera.stray(value)
            case "gap":
                camera.gap(value)
            case _:
                camera.begin_anew()
        camera.run(20)
    return camera.frames


@given(CHAPTERS, st.sampled_from([0.02, 0.04, 0.1, 0.25]))
def test_a_live_camera_has_its_true_time_whatever_stamps_stray(
    chapters: list[tuple[str, float]], step_s: float
) -> None:
    """Within the jitter on every frame; and state is cleared where time truly begins anew, nowhere else.

    A stray stamp of less than 5 s cannot be seen from a missing frame at once: time may wait for it, no longer.
    """
    clock = MediaClock()
    ahead_s = max([value for what, value in chapters if what == "stray" and 0 < value <= 5], default=0.0)
    for number, seen in enumerate(camera_of(chapters, step_s)):
        assert clock.advance_to(seen.moment) is seen.begins_anew, number
        assert seen.truth - 1.0 <= clock.now <= seen.truth + 1.0 + ahead_s, number


@pytest.mark.parametrize("far_s", [HOUR_S, -HOUR_S, 7 * HOUR_S, 5.5, 3.0, -2.0, 1e9, -1e9, math.nan])
@pytest.mark.parametrize("every", [4, 20])
@pytest.mark.parametrize("has_wall", [True, False])
def test_one_stray_stamp_in_twenty_leaves_one_event_a_minute(far_s: float, every: int, has_wall: bool) -> None:
    camera = Camera(has_wall=has_wall)
    for number in range(1, 25 * 290):
        if number % every:
            camera.run(1)
        else:
            camera.stray(far_s)
    fired = fired_at(camera.frames, 60.0)
    assert [round(at / 60) for at in fired] == [0, 1, 2, 3, 4]


def fired_at(frames: list[Seen], interval_s: float) -> list[float]:
    """The true times at which a condition that is always true fires."""
    clock, interval, fired = MediaClock(), Interval(interval_s), []
    for number, seen in enumerate(frames):
        if clock.advance_to(seen.moment):
            interval.clear()
        if not interval.left_s(clock.now):
            interval.reserve(str(number), clock.now)
            fired.append(seen.truth)
    return fired


@given(st.lists(st.floats(0.01, 4.9), min_size=2, max_size=60), st.floats(-1e6, 1e6), st.booleans())
def test_steps_of_up_to_some_seconds_always_count(steps: list[float], first: float, has_wall: bool) -> None:
    clock, at = MediaClock(), first
    for number, step_s in enumerate(steps):
        wall = BEGAN + timedelta(seconds=number) if has_wall else None
        assert clock.advance(at, wall) is False
        assert clock.now == at
        at += step_s


@given(st.lists(st.floats(60, 600), min_size=2, max_size=30))
def test_a_sparse_source_has_its_own_time_with_and_without_a_wall_clock(steps: list[float]) -> None:
    for wall_of in (lambda at: None, lambda at: BEGAN + timedelta(seconds=at)):
        clock, at = MediaClock(), 0.0
        for step_s in steps:
            assert clock.advance(at, wall_of(at)) is False
            assert clock.now == at
            at += step_s


@given(st.lists(st.lists(st.floats(0, 0.5), min_size=1, max_size=6), min_size=3, max_size=20), st.floats(60, 600))
def test_bursts_of_messages_with_long_pauses_keep_their_time(bursts: list[list[float]], pause_s: float) -> None:
    """Pauses of minutes, which the wall clock shows."""
    clock, at = MediaClock(), 0.0
    for burst in bursts:
        for step_s in burst:
            assert clock.advance(at, BEGAN + timedelta(seconds=at)) is False
            assert clock.now == at
            at += step_s
        at += pause_s


@given(st.integers(1, 200), st.floats(10, 1e8), st.sampled_from([1.0, -1.0]))
def test_a_jump_that_persists_counts_from_its_third_frame(before: int, far_s: float, sign: float) -> None:
    clock = MediaClock()
    for number in range(before + 2):
        clock.advance(number * 0.04)
    old = clock.now
    new = [old + sign * far_s + number * 0.04 for number in range(4)]
    cleared = [clock.advance(at) for at in new]
    assert cleared == [False, False, sign < 0, False]
    assert clock.now == new[-1]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=200))
def test_no_stamps_whatever_break_the_clock(stamps: list[float]) -> None:
    clock = MediaClock()
    last = clock.now
    for at in stamps:
        has_begun = clock.has_begun
        is_cleared = clock.advance(at)
        assert math.isfinite(clock.now)
        assert clock.now >= last or is_cleared or not has_begun
        last = clock.now


@pytest.mark.parametrize(
    "stamps",
    [
        pytest.param(lambda n: n * 0.04, id="one clock"),
        pytest.param(lambda n: n * 0.04 + (HOUR_S if n % 2 else 0), id="two clocks in turn"),
        pytest.param(lambda n: (n * 7919 % 1009) * HOUR_S, id="any order"),
    ],
)
def test_time_goes_on_at_its_usual_rate_among_stamps_that_fit_nothing(stamps: Callable[[int], float]) -> None:
    clock, cleared = MediaClock(), 0
    for number in range(25):
        clock.advance(number * 0.04)
    for number in range(25, 25 * 60):
        cleared += clock.advance(stamps(number))
    assert cleared == 0
    assert 50.0 <= clock.now <= 62.0
