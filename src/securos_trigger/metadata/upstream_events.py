"""Reads the events that upstream nodes raised from a frame's metadata.

The record shape is the published one (docs/metadata.md): `event_delta`, `event_state`, `event` or `event_type`,
`event_id`, `event_description`. The metadata is foreign: any depth, any type, any size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from securos_trigger.model import Metadata

#: A text in a record is read up to here; what is longer is cut later anyway.
MAX_TEXT_CHARACTERS = 8_192
MAX_WHOLE_NUMBER = 10**18


@dataclass(frozen=True, slots=True)
class UpstreamEvent:
    """An event that an upstream node raised on this frame, read from its record."""

    node_id: str
    event_id: str | None
    name: str
    description: str
    record: Mapping[str, Any]


def started_events(metadata: Metadata) -> Iterator[UpstreamEvent]:
    """The events that start on this frame: records with `event_delta` 1 and `event_state` 1, in the order of nodes.

    A record is a node's own fields (`nodes.event1`), or an element of its list `events`.
    """
    nodes = metadata.get("nodes")
    if not isinstance(nodes, Mapping):
        return
    for node_id, node in nodes.items():
        if not isinstance(node, dict):
            continue
        if "event_delta" in node and _starts(node):
            yield _upstream_event(node_id, node)
        records = node.get("events")
        if records and isinstance(records, list | tuple):
            for record in records:
                if isinstance(record, dict) and _starts(record):
                    yield _upstream_event(node_id, record)


def _starts(record: Mapping[str, Any]) -> bool:
    delta, state = record.get("event_delta"), record.get("event_state")
    return isinstance(delta, int | float) and isinstance(state, int | float) and delta == 1 and state == 1


def _upstream_event(node_id: object, record: Mapping[str, Any]) -> UpstreamEvent:
    return UpstreamEvent(
        node_id=_text(node_id),
        event_id=_text(record.get("event_id")) or None,
        name=_text(record.get("event")) or _text(record.get("event_type")),
        description=_text(record.get("event_description")),
        record=record,
    )


def _text(value: object) -> str:
    """A text or number as text; anything else is no text."""
    if isinstance(value, str):
        return value[:MAX_TEXT_CHARACTERS].strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return repr(value) if isinstance(value, float) or abs(value) < MAX_WHOLE_NUMBER else ""
