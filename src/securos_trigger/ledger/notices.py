"""What the notices of couriers, outbox and sources mean for the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from securos_trigger.errors.wording import why_muted
from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Record, SourceNote, StateNote, TargetNote
from securos_trigger.notices import Notice, kinds

_MAX_REASON_CHARACTERS = 500
_STATES = {
    kinds.EVENT_NOT_KEPT: DeliveryState.NOT_KEPT,
    kinds.DELIVERY_RETRY: DeliveryState.RETRY,
    kinds.DELIVERY_DONE: DeliveryState.DELIVERED,
    kinds.DELIVERY_DEAD: DeliveryState.DEAD,
}

#: Notices that begin a state, and those that end it: the name of the state.
_BEGIN = {kinds.NODE_MUTED: "muted", kinds.NODE_STILL_MUTED: "muted"} | {
    kind: kind.name
    for kind in (
        kinds.SOURCE_FROZEN,
        kinds.SOURCE_TIMES_UNUSABLE,
        kinds.SOURCE_BEHIND,
        kinds.MESSAGES_TOO_OLD,
        kinds.CAMERA_OFFLINE,
        kinds.CAMERA_UNKNOWN,
        kinds.INPUT_HELD_UP,
        kinds.MESSAGE_MALFORMED,
        kinds.NODE_FAILED,
        kinds.PIPELINE_ENDED,
        kinds.RELOAD_REFUSED,
    )
}
_END = {
    kinds.NODE_UNMUTED: "muted",
    kinds.SOURCE_MOVES_AGAIN: kinds.SOURCE_FROZEN.name,
    kinds.SOURCE_TIMES_USABLE: kinds.SOURCE_TIMES_UNUSABLE.name,
    kinds.SOURCE_CAUGHT_UP: kinds.SOURCE_BEHIND.name,
    kinds.MESSAGES_IN_TIME: kinds.MESSAGES_TOO_OLD.name,
    kinds.CAMERA_ONLINE: kinds.CAMERA_OFFLINE.name,
    kinds.INPUT_GOES_ON: kinds.INPUT_HELD_UP.name,
    kinds.RELOAD_DONE: kinds.RELOAD_REFUSED.name,
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
        lasts_s = _number(fields, "outage_s")
        since_s = None if lasts_s is None else now_s - lasts_s
        return TargetNote(_text(fields, "target"), notice.name, now_s, _text(fields, "reason"), since_s)
    if notice.kind is kinds.TARGET_RECOVERED:
        return TargetNote(_text(fields, "target"), "", now_s)
    if notice.kind in (kinds.SOURCE_LOST, kinds.SOURCE_STILL_LOST, kinds.SOURCE_RECOVERED):
        return SourceNote(now_s, _text(fields, "source"), _text(fields, "pipeline"), _text(fields, "reason"))
    if notice.kind is kinds.PIPELINE_FAILED:
        return SourceNote(now_s, pipeline=_text(fields, "pipeline"), reason=_text(fields, "reason"))
    if notice.kind in _BEGIN or notice.kind in _END:
        return _state_of(notice, now_s)
    return None


def _state_of(notice: Notice, now_s: float) -> StateNote:
    fields = notice.fields
    about = {name: _text(fields, name) for name in ("pipeline", "source", "node", "cameras", "reason")}
    if person := _text(fields, "by"):
        about["reason"] = why_muted(about["reason"], person)
    if behind_s := fields.get("behind_s"):
        about["reason"] = f"it was {behind_s} s behind when that began"
    return StateNote(
        now_s,
        _BEGIN.get(notice.kind) or _END[notice.kind],
        is_over=notice.kind in _END,
        **about,
        until_at_s=_instant(fields, "until"),
        since_at_s=_instant(fields, "since"),
    )


def _text(fields: Mapping[str, object], name: str) -> str:
    return str(fields.get(name) or "")[:_MAX_REASON_CHARACTERS]


def _instant(fields: Mapping[str, object], name: str) -> float | None:
    value = fields.get(name)
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None


def _number(fields: Mapping[str, object], name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) else None
