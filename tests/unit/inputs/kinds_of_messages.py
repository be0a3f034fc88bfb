"""Sends single messages to a kind and says what comes of them."""

from __future__ import annotations

import json
from typing import Any

from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.report import report

NOON = 1_777_885_951.25
CAMERAS = {"gate": "1", "yard": "2", "dock_2": "3"}


class Sender:
    """One input and its clock."""

    def __init__(self, kind: str, **settings: Any) -> None:
        self.kind = load_kind(kind)
        given = {"cameras": CAMERAS, **settings}
        self.reader = InputReader(self.kind, self.kind.settings.model_validate(given))

    def send(self, body: Any, after_s: float = 0.0, **message: Any) -> dict[str, Any]:
        """What is read of a body (bytes, or what becomes JSON) that arrives `after_s` seconds after noon."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        found = self.reader.take(Message(body=sent, arrived_at=NOON + after_s, **message))
        return report(found, has_parts=self.kind.has_parts)

    def verdict(self, body: Any, after_s: float = 0.0, **message: Any) -> str:
        """The verdict alone."""
        return str(self.send(body, after_s, **message)["verdict"])

    @property
    def malformed(self) -> int:
        return self.reader.counts[Verdict.MALFORMED]
