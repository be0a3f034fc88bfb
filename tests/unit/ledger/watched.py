"""A trigger node whose decisions a ledger keeps, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from securos_trigger import Condition, TriggerSecurOSEvent
from securos_trigger.ledger import Entry, Ledger
from securos_trigger.model import Address, Decision, Moment

BEGAN = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
ALARM = Address("yard", "", "alarm")
TRIGGER = "line > 0 and people >= 2"


class Camera:
    """A trigger node and its ledger, fed with 10 frames a second."""

    def __init__(self, ledger: Ledger, trigger: str = TRIGGER, **properties: Any) -> None:
        self.node = TriggerSecurOSEvent(
            node_id="alarm",
            iss_ip="vms.example",
            iss_password="token",
            event_source="custom",
            trigger=trigger,
            event_name="Crossing",
            **properties,
        )
        self.node_ledger = ledger.node(ALARM, Condition(trigger))
        self.at = 0.0

    def see(self, metadata: Mapping[str, Any], frames: int = 1, pause_s: float = 0.0) -> Decision:
        """Some frames with the same metadata, after a pause; gives the last decision."""
        self.at += pause_s
        for _ in range(frames):
            captured_at = BEGAN + timedelta(seconds=self.at)
            moment = Moment(self.at, captured_at, "gate.mp4")
            decision = self.node.decide(metadata, moment)
            self.node_ledger.note(decision, metadata, moment)
            self.at = round(self.at + 0.1, 6)
        return decision


def entries(ledger: Ledger) -> list[Entry]:
    return [record for record in ledger.records() if isinstance(record, Entry)]
