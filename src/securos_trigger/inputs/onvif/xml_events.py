"""The notifications in XML of ONVIF: in the answer to PullMessages, and in the metadata stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from securos_trigger.errors import MessageError
from securos_trigger.inputs.happening import Reading, Says
from securos_trigger.inputs.onvif.events import OnvifEvent, event_reading, items, topic_without_prefixes
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.xml_trees import attribute, child, children, content

_OPERATIONS: Final = frozenset({"initialized", "changed", "deleted", ""})


def notification_readings(messages: list[Any], source: str | None, ahead_s: float = 0.0) -> Iterator[Reading]:
    """One reading for each NotificationMessage; one that cannot be read spoils no other.

    `ahead_s`: how far the device's clock is ahead of ours.
    """
    for index, one in enumerate(messages):
        try:
            yield event_reading(_event(one, f"NotificationMessage[{index}]", ahead_s), source)
        except MessageError as error:
            yield Reading(says=Says.UNREADABLE, source=source, why=str(error))


def _event(message: Any, where: str, ahead_s: float) -> OnvifEvent:
    topic = topic_without_prefixes(content(next(iter(children(message, "Topic")), None)) or "")
    if not topic:
        raise MessageError("the Topic is missing", where)
    body = child(child(message, "Message"), "Message") or child(message, "Message")
    if not body:
        raise MessageError("the Message is missing", where)
    operation = (attribute(body, "PropertyOperation") or "").capitalize()
    if operation.lower() not in _OPERATIONS:
        raise MessageError("PropertyOperation is not one of Initialized, Changed, Deleted", where)
    at = instant(attribute(body, "UtcTime"))
    return OnvifEvent(
        topic=topic,
        operation=operation,
        at=None if at is None else at - ahead_s,
        source=items(body.get("Source")),
        key=items(body.get("Key")),
        data=items(body.get("Data")),
    )
