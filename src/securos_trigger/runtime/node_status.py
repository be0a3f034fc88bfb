"""The state of one trigger node as plain data."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from securos_trigger.ledger.explain_rows import SENTENCES
from securos_trigger.model import Reason
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.system.timestamps import rfc3339, rfc3339_of_service, rfc3339_of_ticks


def node_answer(live: LiveNode) -> dict[str, Any]:
    """What `status` says about it (docs/control.md)."""
    origin, figures = live.origin, live.source_figures or SourceFigures()
    begin = live.node.hours_begin_at(datetime.now(UTC))
    return {
        "address": str(live.address),
        "target": origin.target,
        "is_enabled": live.node.properties.enabled,
        "decisions": {reason.value: count for reason, count in live.node.decisions.items()},
        "decisions_of_condition": {reason.value: count for reason, count in live.decisions_of_condition.items()},
        "condition_since": _instant(live.condition_since_s),
        "why_unknown": live.why_unknown,
        "muted_until": None if live.node.muted_until is None else rfc3339(live.node.muted_until.timestamp()),
        "muted_since": None if live.muted_since is None else rfc3339(live.muted_since.timestamp()),
        "muted_by": live.muted_by,
        "mute_reason": live.mute_reason,
        "hours_begin_at": None if begin is None else rfc3339(begin.timestamp()),
        "flags": {flag.value: count for flag, count in list(live.node.flags.items())},
        "time_stands_still": live.why_time_stands_still,
        "times_unusable_since": rfc3339_of_ticks(figures.times_unusable_since_at_ticks),
        "times_unusable_reason": figures.times_unusable_reason,
        "times_replaced_since": _instant(live.times_replaced_since_s),
        "boxes_missing_since": _instant(live.boxes_missing_since_s),
        "camera_ids": list(live.node.properties.camera_ids),
        "kept": origin.kept,
        "already_there": origin.already_there,
        "not_kept": origin.not_kept,
        "last_event_at": None if origin.last_event_at_s is None else rfc3339_of_service(origin.last_event_at_s),
    }


def _instant(since_s: float | None) -> str | None:
    return None if since_s is None else rfc3339_of_service(since_s)


def words_of(reason: str) -> str:
    """What a node decided, in a few words for a person: `the condition was false`."""
    return re.split("[:;]", SENTENCES[Reason(reason)])[0]
