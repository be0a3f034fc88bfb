"""No answer that lacks the camera and its event is taken for success."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.delivery.webhook import outcome_of
from securos_trigger.model import Action, Delivered
from tests.builders import delivery

nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["ok", "results", "step", "camera_id", "error"]), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["ok", "results", "duplicate", "error"]), nested))
def test_no_json_is_taken_for_success_unless_it_names_the_camera_and_its_event(answer: dict[str, object]) -> None:
    outcome = outcome_of(
        200, json.dumps(answer).encode(), delivery("1.17", action=Action.EVENT_AND_RECORD_AND_SUBTITLE)
    )
    assert not isinstance(outcome, Delivered)
