"""The values that travel through the service: Frame, Event, Decision, Delivery, Outcome.

All are frozen, but for `Frame`, `Heartbeat` and `SourceFigures`, which one thread writes. Read `frames` first, then
`decisions` and `deliveries`. Knows nothing but `errors`: no I/O, no thread, no clock.

Each name is loaded when it is first used: a check needs no deliveries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.model.boxes import Box
    from securos_trigger.model.decisions import (
        Action,
        Address,
        Decision,
        Event,
        EventSource,
        Flag,
        Reason,
        TriggerMode,
        Verdict,
        decision_without_event,
    )
    from securos_trigger.model.deliveries import (
        Accepted,
        Delivered,
        Delivery,
        HandedOver,
        Outcome,
        Partial,
        Refused,
        Retry,
        RetryKind,
        Step,
        StepResult,
        Superseded,
        Unauthorized,
    )
    from securos_trigger.model.frames import AnalyticsNode, Frame, Metadata, Moment, moment_of
    from securos_trigger.model.targets import Target

_HOMES = {
    "Accepted": "deliveries",
    "Action": "decisions",
    "Address": "decisions",
    "AnalyticsNode": "frames",
    "Box": "boxes",
    "Decision": "decisions",
    "Delivered": "deliveries",
    "Delivery": "deliveries",
    "Event": "decisions",
    "EventSource": "decisions",
    "Flag": "decisions",
    "Frame": "frames",
    "HandedOver": "deliveries",
    "Metadata": "frames",
    "Moment": "frames",
    "Outcome": "deliveries",
    "Partial": "deliveries",
    "Reason": "decisions",
    "Refused": "deliveries",
    "Retry": "deliveries",
    "RetryKind": "deliveries",
    "Step": "deliveries",
    "StepResult": "deliveries",
    "Superseded": "deliveries",
    "Target": "targets",
    "TriggerMode": "decisions",
    "Unauthorized": "deliveries",
    "Verdict": "decisions",
    "decision_without_event": "decisions",
    "moment_of": "frames",
}

__all__ = [
    "Accepted",
    "Action",
    "Address",
    "AnalyticsNode",
    "Box",
    "Decision",
    "Delivered",
    "Delivery",
    "Event",
    "EventSource",
    "Flag",
    "Frame",
    "HandedOver",
    "Metadata",
    "Moment",
    "Outcome",
    "Partial",
    "Reason",
    "Refused",
    "Retry",
    "RetryKind",
    "Step",
    "StepResult",
    "Superseded",
    "Target",
    "TriggerMode",
    "Unauthorized",
    "Verdict",
    "decision_without_event",
    "moment_of",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
