"""Records as lines of JSON, one record a line, and back. docs/explain.md describes the fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from securos_trigger.conditions import Clause, Explanation, PathValue, Truth
from securos_trigger.ledger.entries import (
    DeliveryNote,
    DeliveryState,
    Entry,
    GapNote,
    Record,
    RunNote,
    SettingsNote,
    SourceNote,
    StateNote,
    TargetNote,
)
from securos_trigger.model import Address, Flag, Reason
from securos_trigger.system.timestamps import rfc3339


def line_of(record: Record) -> bytes:
    """The record as one line with its newline. Text that UTF-8 cannot hold (lone surrogates) becomes `?`."""
    fields = {name: value for name, value in fields_of(record).items() if not _is_nothing(value)}
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def record_of(line: bytes) -> Record | None:
    """The record in a line; None for a line that is none: torn, or written by something else."""
    try:
        fields = msgspec.json.decode(line)
        return _READERS[fields["kind"]](fields)
    except (msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def fields_of(record: Record) -> dict[str, Any]:
    """The record as plain data."""
    match record:
        case Entry():
            return _entry_fields(record)
        case DeliveryNote():
            return _delivery_fields(record)
        case TargetNote():
            return {
                "kind": "target",
                "at": rfc3339(round(record.at_s, 3)),
                "target": record.target,
                "trouble": record.trouble,
                "failing_since": _instant(record.failing_since_at_s),
                "reason": record.reason,
            }
        case StateNote():
            return _state_fields(record)
        case SettingsNote():
            return _settings_fields(record)
        case SourceNote():
            return {
                "kind": "source",
                "at": rfc3339(round(record.at_s, 3)),
                "source": record.source,
                "pipeline": record.pipeline,
                "reason": record.reason,
            }
        case GapNote():
            return gap_fields(record)
        case RunNote():
            return {
                "kind": "run",
                "at": rfc3339(round(record.at_s, 3)),
                "state": "finished" if record.is_finished else "ended" if record.is_end else "began",
                "configuration": record.configuration,
            }


def _instant(at_s: float | None) -> str | None:
    return None if at_s is None else rfc3339(round(at_s, 3))


def _state_fields(record: StateNote) -> dict[str, Any]:
    return {
        "kind": "state",
        "at": rfc3339(round(record.at_s, 3)),
        "state": record.state,
        "over": record.is_over,
        "pipeline": record.pipeline,
        "source": record.source,
        "node": record.node,
        "cameras": record.cameras,
        "reason": record.reason,
        "until": _instant(record.until_at_s),
        "since": _instant(record.since_at_s),
    }


def _settings_fields(record: SettingsNote) -> dict[str, Any]:
    return {
        "kind": "settings",
        "at": rfc3339(round(record.at_s, 3)),
        "pipeline": record.address.pipeline,
        "camera": record.address.camera,
        "node": record.address.node,
        "changed": list(record.changed),
        "trigger": record.trigger,
    }


def gap_fields(record: GapNote) -> dict[str, Any]:
    """The gap as plain data."""
    return {
        "kind": "gap",
        "from": rfc3339(round(record.from_at_s, 3)),
        "until": rfc3339(round(record.until_at_s, 3)),
        "frames": record.frames,
        "events_lost": record.events_lost,
        "reason": record.reason,
    }


def _delivery_fields(record: DeliveryNote) -> dict[str, Any]:
    return {
        "kind": "delivery",
        "at": rfc3339(round(record.at_s, 3)),
        "event_id": record.event_id,
        "state": record.state.value,
        "target": record.target,
        "reason": record.reason,
        "latency_s": record.latency_s,
        "wait_s": record.wait_s,
        "late": record.is_late,
        "duplicate": record.is_duplicate,
    }


def _is_nothing(value: object) -> bool:
    return value is None or value is False or value == "" or value == []


def _entry_fields(entry: Entry) -> dict[str, Any]:
    clauses: list[dict[str, Any]] = []
    if entry.clauses:
        clauses = Explanation(entry.clauses[0].truth, entry.clauses).to_json()["clauses"]
    return {
        "kind": "decision",
        "from": rfc3339(round(entry.from_at_s, 3)),
        "until": rfc3339(round(entry.until_at_s, 3)),
        "pipeline": entry.address.pipeline,
        "camera": entry.address.camera,
        "node": entry.address.node,
        "source": entry.source_name,
        "reason": entry.reason.value,
        "frames": entry.frames,
        "media_from_s": round(entry.from_media_s, 6),
        "media_until_s": round(entry.until_media_s, 6),
        "interval_left_s": None if entry.interval_left_s is None else round(entry.interval_left_s, 3),
        "event_id": entry.event_id,
        "event_name": entry.event_name,
        "flags": sorted(entry.flags),
        "boxes": entry.boxes or None,
        "upstream_event_id": entry.upstream_event_id,
        "inactive_until": _instant(entry.inactive_until_at_s),
        "mute_reason": entry.mute_reason,
        "clauses": clauses,
    }


def _entry(fields: Mapping[str, Any]) -> Entry:
    return Entry(
        address=Address(fields.get("pipeline", ""), fields.get("camera", ""), fields["node"]),
        source_name=fields.get("source", ""),
        reason=Reason(fields["reason"]),
        from_at_s=_seconds(fields["from"]),
        until_at_s=_seconds(fields["until"]),
        from_media_s=float(fields["media_from_s"]),
        until_media_s=float(fields["media_until_s"]),
        frames=int(fields["frames"]),
        clauses=tuple(_clause(clause) for clause in fields.get("clauses", ())),
        interval_left_s=fields.get("interval_left_s"),
        event_id=fields.get("event_id", ""),
        event_name=fields.get("event_name", ""),
        flags=frozenset(Flag(flag) for flag in fields.get("flags", ())),
        boxes=int(fields.get("boxes") or 0),
        upstream_event_id=fields.get("upstream_event_id", "") or fields.get("earlier_event_id", ""),
        inactive_until_at_s=_seconds(fields["inactive_until"]) if "inactive_until" in fields else None,
        mute_reason=str(fields.get("mute_reason", "")),
    )


def _clause(fields: Mapping[str, Any]) -> Clause:
    seen = tuple(PathValue(item["path"], item["value"], item["missing"], item["described"]) for item in fields["seen"])
    return Clause(fields["text"], fields["start"], fields["end"], fields["depth"], Truth(fields["truth"]), seen)


def _delivery(fields: Mapping[str, Any]) -> DeliveryNote:
    return DeliveryNote(
        event_id=fields["event_id"],
        state=DeliveryState(fields["state"]),
        at_s=_seconds(fields["at"]),
        target=fields.get("target", ""),
        reason=fields.get("reason", ""),
        latency_s=fields.get("latency_s"),
        wait_s=fields.get("wait_s"),
        is_late=fields.get("late", False),
        is_duplicate=fields.get("duplicate", False),
    )


def _target(fields: Mapping[str, Any]) -> TargetNote:
    since = fields.get("failing_since")
    return TargetNote(
        fields["target"],
        fields.get("trouble", ""),
        _seconds(fields["at"]),
        fields.get("reason", ""),
        None if since is None else _seconds(since),
    )


def _state(fields: Mapping[str, Any]) -> StateNote:
    return StateNote(
        _seconds(fields["at"]),
        fields["state"],
        is_over=fields.get("over", False),
        **{name: str(fields.get(name, "")) for name in ("pipeline", "source", "node", "cameras", "reason")},
        until_at_s=_seconds(fields["until"]) if "until" in fields else None,
        since_at_s=_seconds(fields["since"]) if "since" in fields else None,
    )


def _settings(fields: Mapping[str, Any]) -> SettingsNote:
    address = Address(fields.get("pipeline", ""), fields.get("camera", ""), fields["node"])
    changed = tuple(str(name) for name in fields.get("changed", ()))
    return SettingsNote(address, _seconds(fields["at"]), changed, fields.get("trigger", ""))


def _source(fields: Mapping[str, Any]) -> SourceNote:
    source, pipeline, reason = (str(fields.get(name, "")) for name in ("source", "pipeline", "reason"))
    return SourceNote(_seconds(fields["at"]), source, pipeline, reason)


def gap_of(fields: Mapping[str, Any]) -> GapNote:
    """The gap with these fields (`gap_fields`)."""
    return GapNote(
        from_at_s=_seconds(fields["from"]),
        until_at_s=_seconds(fields["until"]),
        reason=str(fields.get("reason", "")),
        frames=int(fields.get("frames", 0)),
        events_lost=int(fields.get("events_lost", 0)),
    )


def _run(fields: Mapping[str, Any]) -> RunNote:
    state, configuration = fields["state"], str(fields.get("configuration", ""))
    is_finished = state == "finished"
    is_end = is_finished or state == "ended"
    return RunNote(_seconds(fields["at"]), is_end=is_end, is_finished=is_finished, configuration=configuration)


_READERS: dict[str, Callable[[Mapping[str, Any]], Record]] = {
    "decision": _entry,
    "delivery": _delivery,
    "target": _target,
    "settings": _settings,
    "source": _source,
    "state": _state,
    "gap": gap_of,
    "run": _run,
}


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
