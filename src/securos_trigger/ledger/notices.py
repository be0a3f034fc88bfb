"""What the notices of couriers and outbox mean for the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Record, TargetNote
from securos_trigger.notices import Notice

_MAX_REASON_CHARACTERS = 500
_STATES = {
    "event_not_kept": DeliveryState.NOT_KEPT,
    "delivery_retry": DeliveryState.RETRY,
    "delivery_done": DeliveryState.DELIVERED,
    "delivery_dead": DeliveryState.DEAD,
}
_TROUBLES = ("target_unreachable", "target_unauthorized", "target_untrusted")


def record_of_notice(notice: Notice, now_s: float) -> Record | None:
    """The record that a notice becomes, if the ledger wants it. `now_s` is Unix seconds."""
    fields = notice.fields
    if notice.name in _STATES:
        return DeliveryNote(
            event_id=_text(fields, "event_id") or _text(fields, "event"),
            state=_STATES[notice.name],
            at_s=now_s,
            target=_text(fields, "target"),
            reason=_text(fields, "reason") or _text(fields, "why") or _text(fields, "failed_steps"),
            latency_s=_number(fields, "latency_s"),
            wait_s=_number(fields, "wait_s"),
            is_late=fields.get("late") is True,
            is_duplicate=fields.get("duplicate") is True,
        )
    if notice.name in _TROUBLES:
        return TargetNote(_text(fields, "target"), notice.name, now_s, _text(fields, "reason"))
    if notice.name == "target_recovered":
        return TargetNote(_text(fields, "target"), "", now_s)
    return None


def _text(fields: Mapping[str, object], name: str) -> str:
    return str(fields.get(name) or "")[:_MAX_REASON_CHARACTERS]


def _number(fields: Mapping[str, object], name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) else None
