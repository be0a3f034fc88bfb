"""The ledger counts every frame, whatever the metadata and the clocks do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger import Condition, TriggerSecurOSEvent
from securos_trigger.ledger import Ledger
from securos_trigger.model import Moment
from tests.unit.ledger.watched import ALARM, BEGAN, TRIGGER, Camera, entries

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.fixed_dictionaries({}, optional={"line": VALUES, "people": VALUES}), max_size=8))
def test_whatever_the_metadata_nothing_is_raised_and_every_frame_is_counted(frames: list[dict[str, Any]]) -> None:
    ledger = Ledger()
    camera = Camera(ledger, "line > 0 and not people or people in line")
    for metadata in frames:
        camera.see(metadata)
    assert sum(entry.frames for entry in entries(ledger)) == len(frames)


@given(
    st.lists(
        st.tuples(st.floats(-5, 5), st.floats(-5, 5), st.booleans(), st.booleans()),
        max_size=30,
    )
)
def test_whatever_the_clocks_do_entries_are_in_order_and_every_frame_is_counted(
    steps: list[tuple[float, float, bool, bool]],
) -> None:
    ledger = Ledger()
    node_ledger = ledger.node(ALARM, Condition(TRIGGER))
    node = TriggerSecurOSEvent(
        iss_ip="v", iss_password="t", event_source="custom", trigger=TRIGGER, event_name="x", interval=2
    )
    at, wall = 10.0, BEGAN
    for step_s, wall_step_s, line, people in steps:
        at, wall = at + step_s, wall + timedelta(seconds=wall_step_s)
        metadata = {"line": int(line), "people": 2 * people}
        moment = Moment(at, wall)
        node_ledger.note(node.decide(metadata, moment), metadata, moment)
    assert sum(entry.frames for entry in entries(ledger)) == len(steps)
    assert all(entry.from_at_s <= entry.until_at_s for entry in entries(ledger))
    assert all(entry.from_media_s <= entry.until_media_s for entry in entries(ledger))
