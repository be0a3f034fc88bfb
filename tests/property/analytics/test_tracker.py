"""No two objects of one frame share an id."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.analytics.settings import TrackerSettings
from securos_trigger.analytics.tracker import Tracker
from securos_trigger.model import Frame, Moment


@given(
    st.lists(
        st.tuples(
            st.floats(-2, 2),
            st.lists(st.tuples(st.floats(0, 400), st.floats(0, 300), st.floats(0, 1)), max_size=6),
        ),
        max_size=25,
    )
)
def test_no_two_objects_of_a_frame_share_an_id(steps: list[tuple[float, list[tuple[float, float, float]]]]) -> None:
    tracker, at = Tracker(TrackerSettings()), 100.0
    for elapsed_s, things in steps:
        at += elapsed_s
        objects: list[dict[str, Any]] = [
            {"id": None, "label": "x", "probability": p, "rect": {"left": x, "top": y, "width": 30, "height": 30}}
            for x, y, p in things
        ]
        tracker.process(Frame(Moment(at, None, "yard"), None, {"objects": objects}))
        given_ids = [thing["id"] for thing in objects if thing["id"] is not None]
        assert len(given_ids) == len(set(given_ids))
