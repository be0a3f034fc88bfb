"""A file whose stamps are no clock is counted at its rate from there on, which is said once."""

from __future__ import annotations

import itertools

import pytest

from securos_trigger.video.file_times import FileTimes


def times_of(stamps: list[float | None], rate: float = 25.0) -> tuple[list[float], list[tuple[float, str]]]:
    said: list[tuple[float, str]] = []
    times = FileTimes("yard", lambda rate, reason: said.append((rate, reason)))
    times.begin(rate, 1 / rate)
    return [times.moment(stamp).at for stamp in stamps], said


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        pytest.param([4.0] * 1000, "its time stamps do not rise", id="constant"),
        pytest.param([4.0 + number % 4 * 0.04 for number in range(1000)], "its time stamps do not rise", id="repeats"),
        pytest.param([4.0 - number * 0.04 for number in range(1000)], "its time stamps do not rise", id="back"),
        pytest.param(
            [4.0 + (number ^ 1) * 0.04 for number in range(1000)],
            "its time stamps go back and forth",
            id="those of the order in which frames are decoded",
        ),
        pytest.param(
            [4.0 + number * 40.0 for number in range(1000)], "its time stamps jump again and again", id="thousand"
        ),
    ],
)
def test_stamps_that_are_no_clock_give_way_to_the_rate(wrong: list[float | None], reason: str) -> None:
    at, said = times_of([*(number * 0.04 for number in range(100)), *wrong])
    assert said == [(25.0, reason)]
    steps = [later - earlier for earlier, later in itertools.pairwise(at[300:])]
    assert steps == pytest.approx([0.04] * len(steps))


@pytest.mark.parametrize(
    "stamps",
    [
        pytest.param([number // 2 * 0.08 for number in range(2000)], id="two frames share each stamp"),
        pytest.param([number * 30.0 for number in range(200)], id="a time lapse of a frame every half minute"),
        pytest.param([number * 6.0 for number in range(200)], id="a time lapse of a frame every six seconds"),
        pytest.param([number / 960 for number in range(4000)], id="960 frames a second"),
        pytest.param([number * 0.04 + (3600 if number % 20 == 0 else 0) for number in range(2000)], id="strays"),
        pytest.param([*(n * 0.04 for n in range(200)), *[8.0] * 20, *(8 + n * 0.04 for n in range(200))], id="a stall"),
        pytest.param([(n ^ 1) * 0.04 if n % 200 < 2 else n * 0.04 for n in range(4000)], id="a fall now and then"),
        pytest.param([number % 500 * 0.04 for number in range(3000)], id="clips of 20 s in one file"),
    ],
)
def test_odd_files_that_have_a_clock_keep_it(stamps: list[float | None]) -> None:
    step_s = stamps[1] if stamps[1] in (6.0, 30.0) else 0.04
    assert times_of(stamps, 1 / step_s)[1] == []


@pytest.mark.parametrize("clip_s", [0.2, 1, 10])
@pytest.mark.parametrize("gap_s", [6, 120, 3600])
def test_a_recording_of_motion_keeps_its_gaps(clip_s: float, gap_s: float) -> None:
    clip, clips = int(clip_s * 25), 30
    stamps = [begin * (clip_s + gap_s) + number * 0.04 for begin in range(clips) for number in range(clip)]
    at, said = times_of(list(stamps))
    assert said == []
    assert at[-1] == pytest.approx(stamps[-1], abs=0.2)


def test_gaps_between_which_stamps_go_back_are_no_clock() -> None:
    stamps = [(clip % 2) * 3600 + clip * 2 + number * 0.04 for clip in range(30) for number in range(50)]
    assert times_of(list(stamps))[1] == [(25.0, "its time stamps jump again and again")]


def test_a_file_that_begins_again_is_judged_again() -> None:
    said: list[str] = []
    times = FileTimes("yard", lambda _, reason: said.append(reason))
    for _ in range(2):
        times.begin(25.0, 0.04)
        for _ in range(100):
            times.moment(0.0)
    assert len(said) == 2
