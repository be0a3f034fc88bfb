"""What keeps events away at present, although there were some in the time that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from securos_trigger.ledger.coverage import Silence, Why
from securos_trigger.ledger.entries import Entry
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.model import Reason


def no_service_now(silences: Sequence[Silence]) -> Silence | None:
    """The silence of a service that was stopped or killed; None: one runs, or its sources had come to their end."""
    others = (Why.GAP, Why.STOOD_STILL, Why.FINISHED)
    return next((one for one in silences if one.until_at_s == inf and one.why not in others), None)


def closed_now(node: NodeAnswer, asked: Asked) -> Entry | None:
    """The last entry that says that active_hours are closed now; None: they are not, or another time is asked about.

    What fired after it, or a change of active_hours after it, says that they are open.
    """
    closed = node.closed_before
    for entry in node.entries if asked.is_summary else ():
        if entry.reason is Reason.INACTIVE_HOURS:
            closed = entry
        elif entry.reason is Reason.FIRED:
            closed = None
    if not asked.is_summary or closed is None or (closed.inactive_until_at_s or 0.0) < asked.until_at_s:
        return None
    is_changed = any("active_hours" in one.changed and one.at_s > closed.until_at_s for one in node.changes)
    return None if is_changed else closed
