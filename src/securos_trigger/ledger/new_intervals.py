"""Why an event came although the interval since the one before it was not over: media time had begun again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from securos_trigger.ledger.entries import Entry
from securos_trigger.ledger.node_answer import NodeAnswer
from securos_trigger.ledger.phrases import seconds, when
from securos_trigger.model import Reason

#: A step back of media time up to this is jitter, in seconds.
_JITTER_S: Final = 1.0


def new_interval(fired: Sequence[Entry], node: NodeAnswer) -> str:
    """A sentence about the first of these events that came within an interval that began again; empty: none did."""
    of_node = [*([node.fired_before] if node.fired_before else []), *node.entries]
    kept = [one for one in of_node if one.reason is Reason.FIRED and not node.is_lost(one.event_id)]
    for entry in fired:
        before = next((one for one in reversed(kept) if one.from_at_s < entry.from_at_s), None)
        if before is None or entry.from_at_s - before.from_at_s >= node.interval_s or not _is_back(before, entry):
            continue
        between = [one for one in of_node if before.from_at_s < one.from_at_s <= entry.from_at_s]
        first = next(one for one in between if _is_back(before, one))
        last = next((one for one in reversed(between) if one.from_at_s < first.from_at_s), before)
        times = [when(last.until_at_s), when(first.from_at_s)]
        began = f"at {times[1]}" if times[0] == times[1] else f"between {times[0]} and {times[1]}"
        return (
            f"the interval of {seconds(node.interval_s)} since the event of {when(before.from_at_s)} was not over: it "
            f"began again {began}, where media time began again, as after a reconnect or at a new play of a file."
        )
    return ""


def _is_back(before: Entry, entry: Entry) -> bool:
    return entry.from_media_s < before.from_media_s - _JITTER_S
