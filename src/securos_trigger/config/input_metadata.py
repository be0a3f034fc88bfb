"""What the frames of an input look like, for `check`: the shape of docs/inputs/README.md, with example values."""

from __future__ import annotations

from typing import Any

from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.source_settings import InputSourceSettings


def input_metadata(source: InputSourceSettings) -> dict[str, Any]:
    """An example of the metadata before the first node."""
    message: dict[str, Any] = {"about": "object"}
    for field in load_kind(source.type).fields:
        *steps, last = field.name.split(".")
        if "[]" not in field.name:
            place = message
            for step in steps:
                place = place[step] if isinstance(place.get(step), dict) else place.setdefault(step, {})
            place[last] = field.example
    node = {
        "events": [{"event": "person", "event_delta": 1, "event_state": 1, "event_id": "1", **message}],
        "new_delta": 1,
        "updated_delta": 0,
        "ended_delta": 0,
        "current_objects_count": 1,
        "zones": {},
        "message": message,
    }
    rect = {"left": 1.5, "top": 1.5, "width": 1.5, "height": 1.5}
    thing = {"id": "7", "label": "person", "probability": 0.9, "rect": rect, "zones": ["fence"]}
    thing |= _own_fields(source.type, set(thing) - {"id"})
    return {"objects": [thing], "nodes": {source.reads.input_name: node}}


def _own_fields(kind: str, usual: set[str]) -> dict[str, Any]:
    """What the objects of a kind have beside the usual fields, and its form of an id: a number or a text."""
    fields = [(field.name.partition("objects[].")[2], field.example) for field in load_kind(kind).fields]
    return {name: example for name, example in fields if name and name not in usual and "." not in name}
