"""Time stamps of a live source against the plain truth: what each chapter of a camera's life really was."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.video.stamp_watch import StampWatch

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
#: In the first seconds of a period of unusable stamps nothing can be known; of a slow or fast one, in the first minutes.
KNOWN_AFTER_S = 6.0
SPEED_KNOWN_AFTER_S = 145.0
RIGHT_AFTER_S = 52.0


@dataclass
class Came:
    """One frame as it came, and what is true of it. `may_be` and `must_be`: its stamp is said to be unusable."""

    stamp: float
    at_s: float
    may_be: bool
    must_be: bool


@dataclass
class Camera:
    """Makes frames. It knows what it does, and nothing of how that is found out."""

    step_s: float
    stamp: float = 1000.0
    at_s: float = 50.0
    recovers_s: float = 0.0  # right seconds until earlier unusable stamps must be forgotten
    frames: list[Came] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """All is right."""
        for _ in range(round(seconds / self.step_s)):
            self.stamp += self.step_s
            self._come(may_be=self.recovers_s > 0)
            self.recovers_s -= self.step_s

    def pause(self, seconds: float, *, counts: bool) -> None:
        """Nothing comes; the stamps count the time, or go on from where they were."""
        self.at_s += seconds
        if counts:
            self.stamp += seconds

    def hold_up(self, seconds: float) -> None:
        """The network holds frames, and gives them all at once."""
        at_s = self.at_s + seconds
        for _ in range(round(seconds / self.step_s)):
            self.stamp += self.step_s
            self.frames.append(Came(self.stamp, at_s, self.recovers_s > 0, must_be=False))
        self.at_s = at_s

    def stray(self, by_s: float) -> None:
        self.stamp += self.step_s
        self.frames.append(Came(self.stamp + by_s, self.at_s + self.step_s, self.recovers_s > 0, must_be=False))
        self.at_s += self.step_s

    def jump(self, by_s: float) -> None:
        """The camera's clock is set."""
        self.stamp += by_s

    def stand_still(self, seconds: float, values: int) -> None:
        """The same few stamps, again and again."""
        begin, first_s = self.stamp, self.at_s
        for number in range(round(seconds / self.step_s)):
            self.stamp = begin + self.step_s * (number % values)
            known_s = KNOWN_AFTER_S + 6 * self.step_s + values * self.step_s
            self._come(may_be=True, must_be=self.at_s - first_s > known_s)
        self.recovers_s = RIGHT_AFTER_S + 20 * self.step_s

    def run_at(self, speed: float, seconds: float) -> None:
        first_s = self.at_s
        for _ in range(round(seconds / self.step_s)):
            self.stamp += self.step_s * speed
            known_s = SPEED_KNOWN_AFTER_S + 14 * 10 * self.step_s
            self._come(may_be=True, must_be=self.at_s - first_s > known_s)
        self.recovers_s = RIGHT_AFTER_S + 20 * self.step_s

    def _come(self, *, may_be: bool, must_be: bool = False) -> None:
        self.at_s += self.step_s
        self.frames.append(Came(self.stamp, self.at_s, may_be, must_be))


FAR = st.one_of(st.floats(60, 1e6), st.floats(-1e6, -60))
CHAPTERS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.floats(1, 60)),
        st.tuples(st.just("pause"), st.floats(1.5, 4000)),
        st.tuples(st.just("gap"), st.floats(1.5, 4000)),
        st.tuples(st.just("hold up"), st.floats(1, 25)),
        st.tuples(st.just("stray"), FAR),
        st.tuples(st.just("jump"), FAR),
        st.tuples(st.just("still"), st.floats(0.1, 40)),
        st.tuples(st.just("still for long"), st.floats(60, 120)),
    ),
    max_size=8,
)
STEPS = st.sampled_from([0.02, 0.04, 0.1, 0.25, 1.0])


def camera_of(chapters: list[tuple[str, float]], step_s: float) -> Camera:
    """After each chapter the camera is right for a while; the clock of a camera is not set five times within a minute."""
    camera = Camera(step_s)
    camera.run(15)
    for what, value in chapters:
        match what:
            case "run":
                camera.run(value)
            case "pause" | "gap":
                camera.pause(value, counts=what == "gap")
            case "hold up":
                camera.hold_up(value)
            case "stray":
                camera.stray(value)
            case "jump":
                camera.jump(value)
                if camera.recovers_s > 0:  # what has been right so far does not count
                    camera.recovers_s = RIGHT_AFTER_S + 20 * step_s
            case _:
                camera.stand_still(value, 1 if what == "still" else 3)
        camera.run(20)
    camera.run(60)
    return camera


def check(camera: Camera) -> None:
    watch = StampWatch()
    for number, came in enumerate(camera.frames):
        reason = watch.see(came.stamp, came.at_s, BEGAN + timedelta(seconds=came.at_s))
        assert came.may_be or not reason, (number, came, reason)
        assert reason or not came.must_be, (number, came)


@given(CHAPTERS, STEPS)
def test_only_stamps_that_stand_still_are_named_whatever_else_a_camera_does(
    chapters: list[tuple[str, float]], step_s: float
) -> None:
    check(camera_of(chapters, step_s))


@given(st.one_of(st.floats(0.0, 0.7), st.floats(1.4, 8.0)), STEPS)
def test_stamps_that_run_slow_or_fast_for_minutes_are_named_until_they_are_right_again(
    speed: float, step_s: float
) -> None:
    camera = Camera(step_s)
    camera.run(40)
    camera.run_at(speed, 400)
    camera.run(120)
    check(camera)


@given(st.lists(st.floats(5, 600), min_size=5, max_size=80))
def test_a_source_of_few_frames_is_never_named(steps: list[float]) -> None:
    camera = Camera(1.0)
    for step_s in steps:
        camera.step_s = step_s
        camera.run(step_s)
    check(camera)


@given(st.lists(st.tuples(st.floats(0.5, 9), st.floats(1.5, 600), st.booleans()), min_size=3, max_size=40), STEPS)
def test_a_camera_that_is_paused_again_and_again_is_never_named(
    turns: list[tuple[float, float, bool]], step_s: float
) -> None:
    camera = Camera(step_s)
    for run_s, pause_s, counts in turns:
        camera.run(run_s)
        camera.pause(pause_s, counts=counts)
    check(camera)


@given(st.lists(st.tuples(st.floats(0.5, 9), st.floats(1.0, 20)), min_size=3, max_size=60), STEPS)
def test_a_network_that_holds_frames_up_again_and_again_is_never_named(
    turns: list[tuple[float, float]], step_s: float
) -> None:
    camera = Camera(step_s)
    for run_s, held_s in turns:
        camera.run(run_s)
        camera.hold_up(held_s)
    check(camera)


@pytest.mark.parametrize(
    ("stamp_of", "reason"),
    [
        pytest.param(lambda n: 7.0, "they stand still", id="constant"),
        pytest.param(lambda n: n % 4 * 0.04, "they stand still", id="four values"),
        pytest.param(lambda n: n * 4e-5, "they stand still", id="a thousandth"),
        pytest.param(lambda n: n * 40.0, "they jump again and again", id="a thousand times"),
        pytest.param(lambda n: 5000 - n * 0.04, "they jump again and again", id="backwards"),
        pytest.param(lambda n: n % 75 * 0.04, "they jump again and again", id="a loop of three seconds"),
        pytest.param(lambda n: n * 0.02, "they run at 0.5 times the speed of the clock", id="half speed"),
        pytest.param(lambda n: n * 0.08, "they run at 2 times the speed of the clock", id="double speed"),
        pytest.param(lambda n: n // 2 * 0.08, "", id="two frames share each stamp"),
        pytest.param(lambda n: n * 0.0404, "", id="a clock that drifts by a hundredth"),
    ],
)
def test_what_stamps_of_five_minutes_are_called(stamp_of: object, reason: str) -> None:
    assert callable(stamp_of)
    watch = StampWatch()
    for number in range(25 * 300):
        at_s = number * 0.04
        watch.see(stamp_of(number), at_s, BEGAN + timedelta(seconds=at_s))
    assert watch.reason == reason
