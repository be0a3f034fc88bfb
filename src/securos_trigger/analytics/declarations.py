"""What each analytics node writes into a frame's metadata, and what it demands of the nodes before it.

Each node is declared here once, beside its settings. `check` finds mistyped paths with it, docs/nodes.md shows it, and
a test runs every node and compares what it writes. Imports nothing heavy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Any, Final

from securos_trigger.analytics.settings import NodeSettings, ZoneSettings

#: Name of the zone of a zone node without `rois`.
FULL_FRAME: Final = "fullframe"


class Need(Enum):
    """What must be on a frame before a node can work."""

    NOTHING = "nothing"
    IMAGE = "an image"
    OBJECTS = "objects, from a detector"
    TRACKS = "objects with track ids, from a tracker"


@dataclass(frozen=True, slots=True)
class NodeField:
    """One field of the metadata. In `path`, `<id>` stands for the node's id, `<name>` for a line's or zone's name.

    `[]` behind a step stands for every item of a list. `example` shows the kind of value. `is_of_one_frame`: the field
    is about this frame alone, as a change is. `is_always` False: it is not there on every frame. A number is from
    `least` to `most`; `unit` is "pixels" or "seconds" where it has one. `change` names the field that has the change of
    a number since the start.
    """

    path: str
    example: Any
    meaning: str
    is_of_one_frame: bool = False
    is_always: bool = True
    least: float = -inf
    most: float = inf
    unit: str = ""
    change: str = ""
    may_be_null: bool = False


@dataclass(frozen=True, slots=True)
class NodeDeclaration:
    """What a node of one type needs and writes. `is_open`: it is your own code and may write anything.

    `drawings` is the setting whose keys take the place of `<name>`.
    """

    node_type: str
    need: Need
    fields: tuple[NodeField, ...] = ()
    drawings: str = ""
    is_open: bool = False


def _objects(track_id: NodeField) -> tuple[NodeField, ...]:
    return (
        track_id,
        NodeField("objects[].label", "person", "Name of the class."),
        NodeField("objects[].class_id", 0, "Number of the class in the model.", least=0),
        NodeField("objects[].probability", 0.9, "0 to 1.", least=0, most=1),
        *(
            NodeField(f"objects[].rect.{side}", 1.5, f"{meaning}, pixels of the frame.", unit="pixels")
            for side, meaning in (("left", "Left edge"), ("top", "Top edge"), ("width", "Width"), ("height", "Height"))
        ),
        NodeField("objects[].attributes[].label", "red", "What classifiers add; nothing here does.", is_always=False),
    )


_DETECTOR = NodeDeclaration(
    "detector", Need.IMAGE, _objects(NodeField("objects[].id", None, "Null: a tracker gives the ids."))
)
_TRACKER = NodeDeclaration(
    "tracker",
    Need.OBJECTS,
    _objects(NodeField("objects[].id", 7, "Track id; null until the tracker is sure.", may_be_null=True)),
)


def _line(field: str, meaning: str, *, example: Any = 1, is_of_one_frame: bool = False, change: str = "") -> NodeField:
    return NodeField(f"nodes.<id>.lines.<name>.{field}", example, meaning, is_of_one_frame, least=0, change=change)


_LINE_COUNTER = NodeDeclaration(
    "line_counter",
    Need.TRACKS,
    (
        _line("total_objects_crossed_delta", "Objects that crossed on this frame.", is_of_one_frame=True),
        _line("dir1_objects_crossed_delta", "Of these, in direction 1.", is_of_one_frame=True),
        _line("dir2_objects_crossed_delta", "Of these, in direction 2.", is_of_one_frame=True),
        _line(
            "total_objects_crossed", "Objects that have crossed since the start.", change="total_objects_crossed_delta"
        ),
        _line("dir1_objects_crossed", "Of these, in direction 1.", change="dir1_objects_crossed_delta"),
        _line("dir2_objects_crossed", "Of these, in direction 2.", change="dir2_objects_crossed_delta"),
        *(
            field
            for number in (1, 2)
            for field in (
                _line(
                    f"cur_dir{number}_objects[].id",
                    f"Track id of an object that crosses in direction {number} on this frame.",
                    example=3,
                    is_of_one_frame=True,
                ),
                _line(f"cur_dir{number}_objects[].label", "Its class.", example="person", is_of_one_frame=True),
            )
        ),
    ),
    drawings="lines",
)


def _zone(field: str, example: Any, meaning: str, *, is_of_one_frame: bool = False, unit: str = "") -> NodeField:
    change = field.replace("_count", "_delta") if meaning.endswith("since the start.") else ""
    path = f"nodes.<id>.rois.<name>.{field}"
    return NodeField(path, example, meaning, is_of_one_frame, least=0, unit=unit, change=change)


_ZONE = NodeDeclaration(
    "zone_presence",
    Need.TRACKS,
    (
        _zone("objects_entered_delta", 1, "Objects that have entered on this frame.", is_of_one_frame=True),
        _zone("objects_exited_delta", 0, "Objects that have left on this frame.", is_of_one_frame=True),
        _zone("objects_entered_count", 10, "Objects that have entered since the start."),
        _zone("objects_exited_count", 8, "Objects that have left since the start."),
        _zone("current_objects_count", 2, "Objects in the zone now."),
        _zone("current_objects[].id", 3, "Track id of an object in the zone."),
        _zone("current_objects[].label", "person", "Its class."),
        _zone("current_objects[].present_s", 14.8, "Seconds since it came.", unit="seconds"),
    ),
    drawings="rois",
)
_EVENT = NodeDeclaration(
    "event",
    Need.NOTHING,
    (
        NodeField(
            "nodes.<id>.event_delta", 1, "1 when the event starts or ends on this frame, else 0.", True, most=1, least=0
        ),
        NodeField("nodes.<id>.event_state", 1, "1 while the event goes on, else 0.", least=0, most=1),
        NodeField("nodes.<id>.event", "line_crossed", "Name of the event."),
        NodeField("nodes.<id>.event_type", "line_crossed", "The same."),
        NodeField("nodes.<id>.event_id", "7d0e8a52", "Id of the event, while it goes on.", is_always=False),
        NodeField("nodes.<id>.event_description", "A car", "Text of the event, while it goes on.", is_always=False),
    ),
)
_FUNCTION = NodeDeclaration("function", Need.NOTHING, is_open=True)
_RECORDER = NodeDeclaration("metadata_recorder", Need.NOTHING)

#: The declaration of every node type.
DECLARATIONS: Final = {
    declared.node_type: declared
    for declared in (_DETECTOR, _TRACKER, _LINE_COUNTER, _ZONE, _EVENT, _FUNCTION, _RECORDER)
}
#: The steps that make a path one about one frame alone: the last step of such a field, or that of its list.
FIELDS_OF_ONE_FRAME: Final = frozenset(
    field.path.partition("[]")[0].rpartition(".")[2]
    for declared in DECLARATIONS.values()
    for field in declared.fields
    if field.is_of_one_frame
)


def drawn_names(settings: NodeSettings) -> tuple[str, ...]:
    """The names of the lines or zones of a node; one empty name for a node that has no such thing."""
    drawings = DECLARATIONS[settings.type].drawings
    if not drawings:
        return ("",)
    names = tuple(getattr(settings, drawings))
    return names or ((FULL_FRAME,) if isinstance(settings, ZoneSettings) else ())


def written_fields(settings: NodeSettings) -> Iterable[tuple[tuple[str, ...], NodeField]]:
    """The fields that a node with these settings writes, each with its steps; `[]` is a step: each item of a list."""
    for field in DECLARATIONS[settings.type].fields:
        for name in drawn_names(settings):
            names = {"<id>": settings.id, "<name>": name}
            steps = field.path.replace("[]", ".[]").split(".")
            yield tuple(names.get(step, step) for step in steps), field


def add_example(metadata: dict[str, Any], settings: NodeSettings) -> None:
    """Write into `metadata` what a node with these settings would write, with example values."""
    for field in DECLARATIONS[settings.type].fields:
        for name in drawn_names(settings):
            names = {"<id>": settings.id, "<name>": name}
            _put(metadata, [names.get(step, step) for step in field.path.split(".")], field.example)


def field_paths(metadata: Any, before: str = "") -> Iterable[str]:
    """The paths of all single values in `metadata`, written as in `NodeField.path`."""
    if isinstance(metadata, dict):
        for key, value in metadata.items():
            yield from field_paths(value, f"{before}.{key}" if before else key)
    elif isinstance(metadata, list):
        for item in metadata:
            yield from field_paths(item, f"{before}[]")
    else:
        yield before


def _put(place: dict[str, Any], steps: list[str], example: Any) -> None:
    step, *rest = steps
    key = re.sub(r"\[\]$", "", step)
    if not rest:
        place[key] = example
    elif step.endswith("[]"):
        items = place.setdefault(key, [{}])
        _put(items[0], rest, example)
    else:
        _put(place.setdefault(key, {}), rest, example)
