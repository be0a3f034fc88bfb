"""Deliveries as JSON values of the control channel, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from securos_trigger.model import Action, Box, Delivery
from securos_trigger.system.timestamps import rfc3339

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox, OutboxReader, Row


def row_json(row: Row) -> dict[str, object]:
    """One delivery as JSON values; instants are RFC 3339 in UTC."""
    delivery = row.delivery
    why = f"the row cannot be read: {row.unreadable}" if row.unreadable else ""
    return {
        "number": delivery.sequence,
        "state": row.state,
        "reason": row.reason if row.reason.startswith("the row cannot be read: ") else why or row.reason,
        "is_readable": not row.unreadable,
        "attempts": delivery.attempts,
        "lanes_ahead": row.lanes_ahead,
        "lanes": None if row.lanes is None else list(row.lanes),
        "event_id": delivery.event_id,
        "target": delivery.target,
        "camera_ids": list(delivery.camera_ids),
        "name": delivery.name,
        "description": delivery.description,
        "action": delivery.action,
        "record_duration_s": delivery.record_duration_s,
        "node_id": delivery.node_id,
        "pipeline": row.pipeline,
        "deployment_id": delivery.deployment_id,
        "boxes": len(delivery.boxes),
        "captured_at": rfc3339(delivery.captured_at_s),
        "kept_at": rfc3339(delivery.kept_at_s),
        "due_at": rfc3339(row.due_at_s) if row.due_at_s else None,
        "settled_at": None if row.settled_at_s is None else rfc3339(row.settled_at_s),
    }


def delivery_of(found: Mapping[str, Any]) -> Delivery:
    """The delivery of an answer to an `EventRequest`, without its attempts."""
    row = found["row"]
    return Delivery(
        sequence=row["number"],
        target=row["target"],
        event_id=row["event_id"],
        node_id=row["node_id"],
        deployment_id=row["deployment_id"],
        name=row["name"],
        description=row["description"],
        camera_ids=tuple(row["camera_ids"]),
        action=Action(row["action"]),
        record_duration_s=row["record_duration_s"],
        captured_at_s=datetime.fromisoformat(row["captured_at"]).timestamp(),
        kept_at_s=datetime.fromisoformat(row["kept_at"]).timestamp(),
        boxes=tuple(Box(**box) for box in found["boxes"]),
        box_color=found["box_color"],
    )


def counts_json(outbox: Outbox | OutboxReader) -> dict[str, int]:
    """How many deliveries stand in each state."""
    return {state.value: count for state, count in outbox.counts().items()}
