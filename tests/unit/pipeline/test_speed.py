"""The present speed of a pipeline, and when its source counts as silent."""

from __future__ import annotations

import pytest

from securos_trigger.pipeline.speed import WINDOW_S, Speed


def read(speed: Speed, every_s: float, *, begin_s: float, until_s: float, frames: int = 0) -> int:
    """Read a frame every `every_s` seconds, as the loop does. Gives the number of the last frame."""
    now_s = begin_s
    while now_s <= until_s:
        frames += 1
        if now_s >= speed.until_s:
            speed.begin_window(now_s, frames)
        now_s += every_s
    return frames


@pytest.mark.parametrize(
    ("every_s", "silent_after_s"),
    [(0.1, 3.0), (1.0, 3.0), (2.0, 6.0), (10.0, 30.0), (60.0, 60.0)],
)
def test_a_source_is_silent_after_three_of_its_own_frames_and_three_seconds_at_least(
    every_s: float, silent_after_s: float
) -> None:
    speed = Speed()
    assert speed.silent_after_s() == 10.0, "nothing is known of it yet"
    read(speed, every_s, begin_s=100.0, until_s=100.0 + 3 * max(every_s, WINDOW_S))
    assert speed.silent_after_s() == pytest.approx(silent_after_s, rel=0.05)


def test_an_interruption_does_not_make_a_source_slow() -> None:
    speed = Speed()
    frames = read(speed, 0.1, begin_s=100.0, until_s=120.0)
    read(speed, 0.1, begin_s=184.0, until_s=186.0, frames=frames)
    assert speed.at(186.0, frames) < 2.0
    assert speed.silent_after_s() == 3.0
