"""Events and deliveries for tests: name what a test is about, the rest is filled in."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from securos_trigger.model import Action, Delivery, Event
from securos_trigger.outbox import Outbox, Row, Selection, State

#: The instant of every delivery that names none, in Unix seconds.
NOW_S = 1_700_000_000.0

_EVENT = Event(
    event_id="",
    node_id="node",
    deployment_id="deployment",
    name="name",
    description="description",
    camera_ids=(),
    action=Action.EVENT_AND_RECORD,
    record_duration_s=5,
    at=0.0,
)
_DELIVERY = Delivery(
    sequence=1,
    target="https://vms:3443",
    event_id="id",
    node_id="node",
    deployment_id="deployment",
    name="name",
    description="description",
    camera_ids=(),
    action=Action.EVENT_AND_RECORD,
    record_duration_s=5,
    captured_at_s=NOW_S,
    kept_at_s=NOW_S,
)


def event(*camera_ids: str, **fields: Any) -> Event:
    """An event for these cameras, captured now, under an id of its own unless `fields` says otherwise."""
    own = {"event_id": str(uuid.uuid4()), "captured_at": datetime.now(UTC)}
    return replace(_EVENT, camera_ids=camera_ids, **{**own, **fields})


def delivery(*camera_ids: str, **fields: Any) -> Delivery:
    """A delivery to these cameras, sequence 1, captured and kept at NOW_S unless `fields` says otherwise."""
    return replace(_DELIVERY, camera_ids=camera_ids, **fields)


def rows_of(outbox: Outbox, state: State) -> list[Row]:
    """The rows of one state in an outbox, oldest first."""
    return outbox.select(Selection(state))[0]
