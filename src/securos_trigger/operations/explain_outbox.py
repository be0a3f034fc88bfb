"""What the outbox says of events of which the ledger does not say how they ended.

The ledger is written behind: a kill loses its last lines, and a running service has not written all of them yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.ledger import Answer, DeliveryNote, DeliveryState, NodeAnswer
from securos_trigger.ledger.deliveries import end_of
from securos_trigger.operations.outbox import Row, show_rows
from securos_trigger.operations.waits_behind import rows_ahead

#: The number of events that the outbox is asked about in one request.
_ASKED_AT_ONCE: Final = 250
_KILLED: Final = "the service was killed in that second, or soon after, and the outbox does not have it"
_GONE: Final = "the outbox does not have it any more, and no line of the ledger says how it ended"


def with_outbox(found: Answer, outbox: Path) -> Answer:
    """The answer; an event without an end in the ledger has the one that its delivery has in the outbox.

    What waits there waits for the target that it has there. An event that is not there has the state `unknown`; so it
    is with all of them where the outbox cannot be asked. One that was given up may have been sent again since.
    """
    event_ids = {one for node in found.nodes for one, notes in node.deliveries.items() if not _is_over(notes)}
    if not event_ids:
        return found
    rows: dict[str, Row] = {}
    ahead: Mapping[int, Row] = {}
    trouble = ""
    try:
        rows = {row["event_id"]: row for row in _rows(outbox, sorted(event_ids))}
        ahead = rows_ahead(outbox, [*rows.values()])
    except OutboxError as error:
        trouble = f"the outbox cannot be asked: {str(error).removesuffix('.')}"
    kept = {event_id: (row, waits_for(row, ahead, found.asked.zone)) for event_id, row in rows.items()}
    nodes = (_with_rows(node, event_ids, kept, found, trouble) for node in found.nodes)
    return replace(found, nodes=tuple(nodes))


def _is_over(notes: Sequence[DeliveryNote]) -> bool:
    """True when nothing can have come after the last line of the ledger."""
    end = end_of(notes)
    return end is not None and end.state is not DeliveryState.DEAD


def _rows(outbox: Path, event_ids: Sequence[str]) -> Iterator[Row]:
    for begin in range(0, len(event_ids), _ASKED_AT_ONCE):
        yield from show_rows(outbox, tuple(event_ids[begin : begin + _ASKED_AT_ONCE]))


def _with_rows(
    node: NodeAnswer, event_ids: set[str], rows: Mapping[str, tuple[Row, str]], found: Answer, trouble: str
) -> NodeAnswer:
    """The node's answer. `rows` are those of the outbox, with what each waits for; `trouble`: why there are none."""
    entries = [*node.entries, *([node.fired_before] if node.fired_before else [])]
    fired_at = {entry.event_id: entry.from_at_s for entry in entries if entry.event_id in event_ids}
    deliveries = dict(node.deliveries)
    for event_id, at_s in fired_at.items():
        notes = deliveries[event_id]
        if event_id in rows:
            deliveries[event_id] = _notes_with(notes, *rows[event_id])
        elif end_of(notes) is None:
            is_killed = any(silence.is_kill_near(at_s, at_s) for silence in found.silences)
            reason = trouble or (_KILLED if is_killed else _GONE)
            deliveries[event_id] = (*notes, DeliveryNote(event_id, DeliveryState.UNKNOWN, at_s, reason=reason))
    return replace(node, deliveries=deliveries)


def waits_for(row: Row, ahead: Mapping[int, Row], zone: tzinfo | None) -> str:
    """The attempts of a delivery that waits, or of that before it, with the last answer; empty: nothing failed."""
    if row["state"] in ("waiting", "sending") and row["reason"]:
        return _tried(row)
    if (first := ahead.get(row["number"])) is None:
        return ""
    at = datetime.fromisoformat(first["captured_at"]).astimezone(zone)
    return f"it waits behind the event of {at:%H:%M:%S}, of which {_tried(first)}"


def _tried(row: Row) -> str:
    """The attempts with the last answer. In an outage none is counted: their number is not known then."""
    number = row["attempts"]
    failed = f"{number} attempts failed, the last one" if number > 1 else "the last attempt failed"
    return f"{failed}: {row['reason']}"


def _notes_with(notes: Sequence[DeliveryNote], row: Row, waits: str) -> tuple[DeliveryNote, ...]:
    """The steps of a delivery that is in the outbox: kept for the target that it has there, and its end."""
    is_dead = end_of(notes) is not None
    if is_dead and row["state"] == "dead":
        return tuple(notes)
    event_id, target, kept_at_s = row["event_id"], row["target"], datetime.fromisoformat(row["kept_at"]).timestamp()
    steps = [DeliveryNote(event_id, DeliveryState.KEPT, kept_at_s, target)]
    steps += [note for note in notes if note.state is not DeliveryState.KEPT]
    states = {"delivered": DeliveryState.DELIVERED, "dead": DeliveryState.DEAD}
    if (state := states.get(row["state"])) and row["settled_at"]:
        settled_at_s = datetime.fromisoformat(row["settled_at"]).timestamp()
        captured_at_s = datetime.fromisoformat(row["captured_at"]).timestamp()
        latency_s = settled_at_s - captured_at_s if state is DeliveryState.DELIVERED else None
        steps.append(DeliveryNote(event_id, state, settled_at_s, target, row["reason"], latency_s))
    elif is_dead:  # a person has put it back since
        steps.append(DeliveryNote(event_id, DeliveryState.PUT_BACK, max(note.at_s for note in notes), target))
    has_retries = any(note.state is DeliveryState.RETRY for note in notes)
    if waits and not has_retries:  # else the ledger says more of them
        steps.append(DeliveryNote(event_id, DeliveryState.WAITS, kept_at_s, target, waits))
    return tuple(steps)
