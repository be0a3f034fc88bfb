"""Reads the events that upstream nodes raised from a frame's metadata.

The record shape is the published one (docs/metadata.md): `event_delta`, `event_state`, `event` or `event_type`,
`event_id`, `event_description`. The metadata is foreign: any depth, any type, any size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from securos_trigger.model import Metadata
from securos_trigger.model.data import NoData, as_data

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
    nodes = _object(_item(metadata, "nodes"))
    for node_id, found in nodes.items():
        node = found if type(found) is dict else _object(found)
        if not node:
            continue
        if "event_delta" in node and _starts(node):
            yield _upstream_event(node_id, node)
        records = _item(node, "events")
        if not records or isinstance(records, str):
            continue
        for record in map(_object, _list(records)):
            if _starts(record):
                yield _upstream_event(node_id, record)


def _starts(record: Mapping[str, Any]) -> bool:
    return _is_one(record.get("event_delta")) and _is_one(record.get("event_state"))


def _is_one(value: object) -> bool:
    found = _data(value)
    return isinstance(found, int | float) and found == 1


def _item(container: Mapping[str, Any], key: str) -> Any:
    """`container[key]`, or None when it is missing or cannot be read."""
    if type(container) is dict:
        return container.get(key)
    try:
        return container[key]
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  foreign code, and what it raises is no event
        return None


def _data(value: object) -> Any:
    """The value as data, or None."""
    try:
        return as_data(value)
    except NoData:
        return None


def _object(value: object) -> dict[Any, Any]:
    """The value as an object; an empty one for what is none."""
    found = _data(value)
    return found if isinstance(found, dict) else {}


def _list(value: object) -> Sequence[Any]:
    """The value as a list; an empty one for what is none."""
    found = _data(value)
    return found if isinstance(found, list | tuple) else ()


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
    value = _data(value)
    if isinstance(value, str):
        return value[:MAX_TEXT_CHARACTERS].strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return repr(value) if isinstance(value, float) or abs(value) < MAX_WHOLE_NUMBER else ""
