"""The event node raises one event for each time its condition becomes true."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from securos_trigger.analytics.event import EventNode
from securos_trigger.analytics.settings import EventSettings
from securos_trigger.model import Frame, Moment

SETTINGS = EventSettings(event_type="crowd", condition="crowd_size > 3", description="More than three people")


def look(node: EventNode, at: float, **metadata: Any) -> dict[str, Any]:
    frame = Frame(Moment(at, datetime(2026, 1, 1, tzinfo=UTC), "yard"), None, dict(metadata))
    node.process(frame)
    record: dict[str, Any] = frame.metadata["nodes"]["event1"]
    return record


def test_no_event_is_said_on_every_frame() -> None:
    assert look(EventNode(SETTINGS), 0.0, crowd_size=1) == {
        "event_delta": 0,
        "event_state": 0,
        "event": "crowd",
        "event_type": "crowd",
    }


def test_an_event_starts_goes_on_and_ends_under_one_id() -> None:
    node = EventNode(SETTINGS)
    started = look(node, 0.0, crowd_size=4)
    event_id = started["event_id"]
    assert uuid.UUID(event_id).version == 4
    assert started == {
        "event_delta": 1,
        "event_state": 1,
        "event": "crowd",
        "event_type": "crowd",
        "event_id": event_id,
        "event_description": "More than three people",
    }
    assert look(node, 0.1, crowd_size=5) == {**started, "event_delta": 0}
    assert look(node, 0.2, crowd_size=1) == {**started, "event_state": 0}
    assert "event_id" not in look(node, 0.3, crowd_size=1)


def test_the_next_event_has_an_id_of_its_own() -> None:
    node = EventNode(SETTINGS)
    first = look(node, 0.0, crowd_size=4)
    look(node, 0.1, crowd_size=1)
    assert look(node, 0.2, crowd_size=4)["event_id"] != first["event_id"]


def test_an_unknown_condition_raises_no_event() -> None:
    assert look(EventNode(SETTINGS), 0.0)["event_state"] == 0


def test_an_event_lasts_at_least_its_duration() -> None:
    node = EventNode(SETTINGS.model_copy(update={"min_duration_s": 2.0}))
    look(node, 0.0, crowd_size=4)
    assert look(node, 1.9, crowd_size=1)["event_state"] == 1
    assert look(node, 2.0, crowd_size=1)["event_state"] == 0


def test_a_jump_back_in_time_starts_a_new_event() -> None:
    node = EventNode(SETTINGS)
    first = look(node, 100.0, crowd_size=4)
    again = look(node, 0.0, crowd_size=4)
    assert again["event_delta"] == 1
    assert again["event_id"] != first["event_id"]


def test_a_condition_that_cannot_be_read_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(ValidationError, match="crowd_size >"):
        EventSettings(event_type="crowd", condition="crowd_size >")
