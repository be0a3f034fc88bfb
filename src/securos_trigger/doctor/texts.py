"""Makes events for trials: the longest that a node can write, one beyond ASCII, and the marked test event."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from securos_trigger.model import Action, Delivery, Event, Moment
from securos_trigger.model.event_texts import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.event_writer import EventWriter
from securos_trigger.trigger.properties import TriggerProperties

#: Letters of one to four bytes, the characters that markup is made of, and a line break.
BEYOND_ASCII: Final = "Tür 人 😀 <&\"'>\n"
TEST_NAME: Final = "TEST of securos-trigger"


class _Anything(str):
    """Metadata in which every path is there and reads as the same text."""

    __slots__ = ()

    def __getitem__(self, key: object) -> str:
        return self if isinstance(key, str) else super().__getitem__(key)  # type: ignore[index]


class _Everything(dict[str, object]):
    """Metadata with every top-level name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = _Anything(text)

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> object:
        return self._text


def trial_deliveries(properties: TriggerProperties, context: Context, now_s: float) -> Iterator[Delivery]:
    """Make what the node would send at worst: its own templates, with the longest texts and with texts beyond ASCII."""
    writer = EventWriter(properties, context)
    moment = Moment(0.0, datetime.fromtimestamp(now_s, UTC), "doctor")
    for text in (BEYOND_ASCII, BEYOND_ASCII * MAX_DESCRIPTION_CHARACTERS):
        event = writer.custom(_Everything(text), moment)
        is_long = len(text) > MAX_NAME_CHARACTERS
        name = (event.name + text)[:MAX_NAME_CHARACTERS] if is_long else event.name or text
        description = (event.description + text)[:MAX_DESCRIPTION_CHARACTERS] if is_long else event.description or text
        yield delivery_of(replace(event, name=name, description=description), properties, now_s)


def marked_delivery(properties: TriggerProperties, context: Context, label: str, now_s: float) -> Delivery:
    """Make one event that says it is a test, for the node's cameras: no recording, no subtitle."""
    event = Event(
        event_id=str(uuid.uuid4()),
        node_id=context.node_id,
        deployment_id=context.deployment_id,
        name=TEST_NAME,
        description=f"Sent by `securos-trigger doctor` for {label}. Nothing happened.",
        camera_ids=properties.camera_ids,
        action=Action.EVENT,
        record_duration_s=0,
        at=0.0,
    )
    return delivery_of(event, properties, now_s)


def delivery_of(event: Event, properties: TriggerProperties, now_s: float) -> Delivery:
    """An event as it would be sent now, with its boxes."""
    return Delivery(
        sequence=0,
        target=str(properties.target),
        event_id=event.event_id,
        node_id=event.node_id,
        deployment_id=event.deployment_id,
        name=event.name,
        description=event.description,
        camera_ids=event.camera_ids,
        action=event.action,
        record_duration_s=event.record_duration_s,
        captured_at_s=now_s,
        kept_at_s=now_s,
        boxes=event.boxes,
        box_color=event.box_color,
    )
