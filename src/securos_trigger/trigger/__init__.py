"""The trigger: one frame's metadata becomes a decision. Pure: no I/O, no thread, no clock.

In: a frame's metadata and its moment. Out: a `Decision` with its reason, and the events that are due. Read `node`
first, then `rules` (in which order reasons count), `timing` (intervals, edges), `properties` (what a person sets) and
`templates` (texts; a name and a description are cut in `texts`). Knows no outbox: who called it keeps the events.

Each name is loaded when it is first used: analytics nodes need `trigger.timing` alone, and no templates.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.trigger.context import Context
    from securos_trigger.trigger.node import TriggerSecurOSEvent
    from securos_trigger.trigger.properties import TriggerProperties, json_schema, read_properties
    from securos_trigger.trigger.property_check import check_properties

_HOMES = {
    "Context": "context",
    "TriggerProperties": "properties",
    "TriggerSecurOSEvent": "node",
    "check_properties": "property_check",
    "json_schema": "properties",
    "read_properties": "properties",
}

__all__ = [
    "Context",
    "TriggerProperties",
    "TriggerSecurOSEvent",
    "check_properties",
    "json_schema",
    "read_properties",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
