"""The values that travel through the service: Frame, Event, Decision, Delivery, Outcome. All but `Frame` are frozen."""

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
)
from securos_trigger.model.deliveries import (
    Delivered,
    Delivery,
    Outcome,
    Partial,
    Refused,
    Retry,
    RetryKind,
    Step,
    StepResult,
    Target,
    Unauthorized,
)
from securos_trigger.model.frames import Frame, Metadata, Moment

__all__ = [
    "Action",
    "Address",
    "Box",
    "Decision",
    "Delivered",
    "Delivery",
    "Event",
    "EventSource",
    "Flag",
    "Frame",
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
    "Target",
    "TriggerMode",
    "Unauthorized",
    "Verdict",
]
