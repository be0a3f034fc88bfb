"""A timeline counts every frame, in bounded memory, whatever the media time does."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.model import Reason
from securos_trigger.replay import SourceClock, Timeline
from securos_trigger.replay.timeline import MAX_STRETCHES


@pytest.mark.parametrize(
    ("times", "positions"),
    [
        ([10.0, 10.5, 11.0], [0.0, 0.5, 1.0]),
        ([10.0, 12.0, 11.5, 12.5], [0.0, 2.0, 2.0, 2.5]),  # jitter: time stands still
        ([10.0, 20.0, 0.0, 1.0], [0.0, 10.0, 10.0, 11.0]),  # a loop: time goes on
        ([10.0, None, 11.0], [0.0, 0.0, 1.0]),
        ([None, 10.0, 11.0], [0.0, 0.0, 1.0]),
        ([5, math.nan, 6], [0.0, 0.0, 1.0]),
    ],
)
def test_a_position_is_the_time_since_the_first_frame(times: list[object], positions: list[float]) -> None:
    clock = SourceClock()
    assert [clock.advance(at) for at in times] == positions


@given(st.lists(st.floats() | st.none() | st.floats(0, 1000), max_size=50))
def test_a_position_never_steps_back(times: list[float | None]) -> None:
    clock = SourceClock()
    positions = [clock.advance(at) for at in times]
    assert positions == sorted(positions)
    assert all(math.isfinite(position) and position >= 0 for position in positions)


@given(st.lists(st.floats(0, 1e7) | st.floats(0, 100), max_size=60).map(sorted))
def test_every_frame_is_counted_and_memory_is_bounded(positions: list[float]) -> None:
    timeline = Timeline()
    for position_s in positions:
        counts, ends_at_s = timeline.stretch_at(position_s)
        counts[Reason.FIRED] += 1
        assert position_s < ends_at_s
    assert sum(timeline.stretches, Counter[Reason]())[Reason.FIRED] == len(positions)
    assert len(timeline.stretches) <= MAX_STRETCHES
    columns = timeline.columns(30)
    assert len(columns) <= 30
    assert sum(column.total() for column in columns) == len(positions)


def test_a_frame_stands_in_the_stretch_of_its_position() -> None:
    timeline = Timeline()
    for second in range(600):
        timeline.stretch_at(float(second))[0][Reason.FIRED if second == 500 else Reason.CONDITION_FALSE] += 1
    assert timeline.width_s == 1.0
    assert [index for index, counts in enumerate(timeline.stretches) if counts[Reason.FIRED]] == [500]
