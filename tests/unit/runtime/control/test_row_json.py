"""A delivery comes back from its JSON as it stands in the outbox, but for its attempts."""

from __future__ import annotations

import json
from dataclasses import replace

from securos_trigger.model import Action, Box, Delivery
from securos_trigger.outbox import Row, State
from securos_trigger.runtime.control.row_json import delivery_of, row_json

DELIVERY = Delivery(
    sequence=7,
    target="https://vms.example:3443",
    event_id="0f3c2a",
    node_id="alarm",
    deployment_id="site",
    name="Person",
    description="At the gate",
    camera_ids=("1", "9"),
    action=Action.EVENT_AND_RECORD,
    record_duration_s=30,
    captured_at_s=1772413200.25,
    kept_at_s=1772413201.0,
    attempts=3,
    boxes=(Box(0.1, 0.2, 0.3, 0.4),),
    box_color="255,0,0",
)


def test_a_delivery_comes_back_from_its_json() -> None:
    row = row_json(Row(DELIVERY, State.WAITING, 0.0, None, "no answer"))
    answer = {"row": row, "boxes": [box._asdict() for box in DELIVERY.boxes], "box_color": DELIVERY.box_color}
    assert delivery_of(json.loads(json.dumps(answer))) == replace(DELIVERY, attempts=0)


def test_instants_are_rfc_3339_in_utc_and_null_where_there_is_none() -> None:
    row = row_json(Row(DELIVERY, State.DEAD, 0.0, 1772413260.0, "refused"))
    assert (row["captured_at"], row["kept_at"]) == ("2026-03-02T01:00:00.250Z", "2026-03-02T01:00:01.000Z")
    assert (row["due_at"], row["settled_at"]) == (None, "2026-03-02T01:01:00.000Z")
    assert (row["state"], row["reason"], row["attempts"], row["boxes"]) == ("dead", "refused", 3, 1)
