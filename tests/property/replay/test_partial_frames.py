"""A frame of which only what conditions read was read gives the answers of the whole one."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.conditions import Condition, Truth
from securos_trigger.metadata.recorded_frames import RecordedFrame, frame_in, line_of
from securos_trigger.model import Frame, Moment
from securos_trigger.replay.partial_frames import PartialFrames
from tests.unit.conditions.generators import expressions, frames


@given(st.lists(expressions(), min_size=1, max_size=2), st.lists(frames, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_answers_are_those_of_the_whole_frame(texts: list[str], metadatas: list[dict[str, Any]]) -> None:
    reader, conditions = PartialFrames(texts), [Condition(text) for text in texts]
    for number, metadata in enumerate(metadatas):
        line = line_of(Frame(Moment(float(number)), None, metadata)).encode()
        whole, partial = frame_in(number, line), reader.frame_in(number, line)
        assert isinstance(whole, RecordedFrame) and isinstance(partial, RecordedFrame)
        answers = [condition.truth(whole.metadata) for condition in conditions]
        assert [condition.truth(partial.metadata) for condition in conditions] == answers
        if Truth.TRUE in answers:
            assert repr(partial) == repr(whole)
