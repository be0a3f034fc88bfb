"""The checker survives any condition and any metadata."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.conditions.lint import ConditionWatch, certain_mistakes
from securos_trigger.conditions.sample import Sample
from tests.unit.conditions.generators import expressions, frames

FRAME: dict[str, Any] = {
    "nodes": {
        "counter1": {"lines": {"line 1 ": {"delta": 0}}},
        "presence1": {"rois": {"fullframe": {"count": 2, "motion": True, "state": "on", "ids": [1, 2]}}},
        "a": {},
        "b": {},
    },
    "objects": [{"label": "car", "p": 0.9}],
}


def warned(text: str, *sample: dict[str, Any]) -> list[str]:
    watch, seen = ConditionWatch(text), Sample()
    for frame in sample or (FRAME, FRAME):
        watch.see(frame)
        seen.add(frame)
    return [str(mistake) for mistake in watch.mistakes(seen)]


@given(expressions(), st.lists(frames, max_size=3))
def test_no_condition_and_no_metadata_breaks_the_checker(text: str, sample: list[dict[str, Any]]) -> None:
    assert all(warning for warning in warned(text, *sample))
    assert all(str(mistake) for mistake in certain_mistakes(text))
