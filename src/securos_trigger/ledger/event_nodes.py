"""Since when the condition of the event nodes before a trigger node has been true: they raise an event only once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from securos_trigger.conditions import Truth
from securos_trigger.ledger.entries import Entry
from securos_trigger.model import Reason

# With no frame for longer than this (seconds), what the condition was meanwhile is not known.
_GAP_S = 2.0


class TrueSince(NamedTuple):
    """The condition is true from `at_s` to `until_at_s`. `is_raised`: an event was raised at its beginning."""

    at_s: float
    until_at_s: float
    is_raised: bool


def is_already_true(entry: Entry) -> bool:
    """True when the event nodes' condition was true on frames on which they raised no event."""
    return entry.reason is Reason.NO_EVENT and bool(entry.clauses) and entry.clauses[0].truth is Truth.TRUE


def true_since(before: TrueSince | None, entries: Iterable[Entry]) -> TrueSince | None:
    """Since when it has been true at the end of `entries` (oldest first); None: it is not, or that is not known.

    `before` is how it stood before them.
    """
    for entry in entries:
        before = _next(before, entry)
    return before


def _next(before: TrueSince | None, entry: Entry) -> TrueSince | None:
    is_raised = bool(entry.upstream_event_id or (entry.event_id and not entry.clauses))
    if not is_raised and not is_already_true(entry):
        return None
    goes_on = before is not None and entry.from_at_s - before.until_at_s <= _GAP_S
    if before is None or not goes_on or (is_raised and not before.is_raised):
        return TrueSince(entry.from_at_s, entry.until_at_s, is_raised)
    return before._replace(until_at_s=max(before.until_at_s, entry.until_at_s))
