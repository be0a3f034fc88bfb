"""What the notices of couriers, outbox and sources mean for the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Record, SourceNote, TargetNote
from securos_trigger.notices import Notice, kinds

_MAX_REASON_CHARACTERS = 500
_STATES = {
    kinds.EVENT_NOT_KEPT: DeliveryState.NOT_KEPT,
    kinds.DELIVERY_RETRY: DeliveryState.RETRY,
    kinds.DELIVERY_DONE: DeliveryState.DELIVERED,
    kinds.DELIVERY_DEAD: DeliveryState.DEAD,
}


def record_of_notice(notice: Notice, now_s: float) -> Record | None:
    """The record that a notice becomes, if the ledger wants it. `now_s` is Unix seconds."""
    fields = notice.fields
    if notice.kind in _STATES:
        return DeliveryNote(
            event_id=_text(fields, "event_id"),
            state=_STATES[notice.kind],
            at_s=now_s,
            target=_text(fields, "target"),
            reason=_text(fields, "reason"),
            latency_s=_number(fields, "latency_s"),
            wait_s=_number(fields, "wait_s"),
            is_late=fields.get("late") is True,
            is_duplicate=fields.get("duplicate") is True,
        )
    if notice.kind in kinds.TARGET_FAILURES:
        began_at_s = now_s - (_number(fields, "outage_s") or 0.0)
        return TargetNote(_text(fields, "target"), notice.name, began_at_s, _text(fields, "reason"))
    if notice.kind is kinds.TARGET_RECOVERED:
        return TargetNote(_text(fields, "target"), "", now_s)
    if notice.kind in (kinds.SOURCE_LOST, kinds.SOURCE_STILL_LOST, kinds.SOURCE_RECOVERED):
        return SourceNote(now_s, _text(fields, "source"), _text(fields, "pipeline"), _text(fields, "reason"))
    if notice.kind is kinds.PIPELINE_FAILED:
        return SourceNote(now_s, pipeline=_text(fields, "pipeline"), reason=_text(fields, "reason"))
    return None


def _text(fields: Mapping[str, object], name: str) -> str:
    return str(fields.get(name) or "")[:_MAX_REASON_CHARACTERS]


def _number(fields: Mapping[str, object], name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) else None
