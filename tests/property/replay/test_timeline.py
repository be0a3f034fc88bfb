"""A timeline counts every frame, in bounded memory, whatever the media time does."""

from __future__ import annotations

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.model import Reason
from securos_trigger.replay import SourceClock, Timeline
from securos_trigger.replay.timeline import MAX_STRETCHES


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
