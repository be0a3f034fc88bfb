"""The body and the headers of a request (contract/delivery.md, the request)."""

from __future__ import annotations

import json
from typing import Final

from securos_trigger.delivery.webhook.shapes import shapes_text
from securos_trigger.model import Delivery
from securos_trigger.system.timestamps import rfc3339, utc

_to_json: Final = json.JSONEncoder(separators=(",", ":")).encode  # `json.dumps` would make one for each body


def body_for(delivery: Delivery, *, sent_at_s: float, late: bool) -> dict[str, object]:
    """Make what is posted for a delivery, as JSON values. `sent_at_s` is the instant of this attempt (Unix seconds).

    A late delivery starts no recording and no subtitle of the present. Its true time stands in `event_time`, and at
    the front of the description too, because older receivers show only that. A time from before the clock was set is
    called uncertain there, late or not. Without boxes there is no `visualization`; a late delivery keeps those of its
    frame.
    """
    action = delivery.action
    description = delivery.description
    if late or delivery.is_time_uncertain:
        happened_at = utc(delivery.captured_at_s).strftime("%Y-%m-%d %H:%M:%S UTC")
        doubt = ", time uncertain" if delivery.is_time_uncertain else ""
        description = f"[{happened_at}{doubt}] {description}".rstrip()
    body: dict[str, object] = {
        "camera_id": list(delivery.camera_ids),
        "event_name": delivery.name,
        "event_description": description,
        "event_duration": delivery.record_duration_s,
        "trigger_recording": action.records and not late,
        "add_subtitle": action.subtitles and not late,
        "event_id": delivery.event_id,
        "event_time": rfc3339(delivery.captured_at_s),
        "sent_at": rfc3339(sent_at_s),
        "late": late,
        "source": {"node_id": delivery.node_id, "deployment_id": delivery.deployment_id},
    }
    if delivery.boxes:
        body["visualization"] = shapes_text(delivery.boxes, delivery.box_color)
    return body


def encoded(body: dict[str, object]) -> bytes:
    """Encode the body in plain ASCII with escapes, so that not even a lone surrogate can break it."""
    return _to_json(body).encode("ascii")


def headers_with(token: str) -> dict[str, str]:
    """Give the headers of each request to a receiver."""
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "securos-trigger",
    }
