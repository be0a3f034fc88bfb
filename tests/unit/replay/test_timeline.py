"""A timeline counts every frame, in bounded memory, whatever the media time does."""

from __future__ import annotations

import math

import pytest

from securos_trigger.model import Moment, Reason
from securos_trigger.replay import SourceClock, Timeline


@pytest.mark.parametrize(
    ("times", "positions"),
    [
        ([10.0, 10.5, 11.0], [0.0, 0.5, 1.0]),
        ([10.0, 12.0, 11.5, 12.5], [0.0, 2.0, 2.0, 2.5]),  # jitter: time stands still
        ([10.0, 20.0, 0.0, 1.0], [0.0, 10.0, 10.0, 11.0]),  # a loop: time goes on
        ([10.0, None, 11.0], [0.0, 0.0, 1.0]),
        ([None, 10.0, 11.0], [0.0, 0.0, 1.0]),
        ([5, math.nan, 6], [0.0, 0.0, 1.0]),
        ([math.inf, 5.0, 6.0], [0.0, 0.0, 1.0]),
        ([math.nan, -1.0, 0.0], [0.0, 0.0, 1.0]),
    ],
)
def test_a_position_is_the_time_since_the_first_frame(times: list[object], positions: list[float]) -> None:
    clock = SourceClock()
    assert [clock.advance(at) for at in times] == positions


def test_a_frame_stands_in_the_stretch_of_its_position() -> None:
    timeline = Timeline()
    for second in range(600):
        timeline.stretch_at(float(second))[0][Reason.FIRED if second == 500 else Reason.CONDITION_FALSE] += 1
    assert timeline.width_s == 1.0
    assert [index for index, counts in enumerate(timeline.stretches) if counts[Reason.FIRED]] == [500]


def test_the_position_goes_on_where_the_source_began_anew() -> None:
    clock = SourceClock()
    moments = [Moment(at, None, "yard", start) for at, start in ((0.0, "a"), (0.5, "a"), (0.0, "b"), (0.25, "b"))]
    assert [clock.advance_to(moment) for moment in moments] == [0.0, 0.5, 0.5, 0.75]
