"""Which objects of a frame are shown to the operator, and where they are: the bounding boxes of an event.

Looked at only on a frame that fires. Pure; nothing in foreign metadata raises, and the work is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from securos_trigger.conditions.path_lists import PathLists
from securos_trigger.metadata.objects import TrackId, track_id_of
from securos_trigger.model import Box, Metadata
from securos_trigger.model.boxes import box_on_frame
from securos_trigger.model.data import PLAIN_TYPES, NoData, as_data
from securos_trigger.validation.mistakes import custom_mistake

#: Boxes of one event, those of the highest probability. As text they take less than 1 kB; SecurOS gets at most 4.
MAX_BOXES: Final = 20
#: Objects that are looked at on one frame.
MAX_OBJECTS: Final = 2_000

_ALL_OBJECTS: Final = PathLists("objects")
_LARGEST_SIDE: Final = 1e6
_USUAL_IDS: Final = 2**63
_SIDES: Final = ("left", "top", "width", "height")
_COLOR: Final = re.compile(r"\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*", re.ASCII)

FrameSize = tuple[float, float]


class BoxFinder:
    """Finds the boxes of events. `object_filter` has the paths of the lists of objects to show; None: see `find`."""

    def __init__(self, object_filter: str | None) -> None:
        self._filter = None if object_filter is None else PathLists(object_filter)

    def find(
        self, metadata: Metadata, frame_size: FrameSize | None, record: Mapping[str, Any] | None = None
    ) -> tuple[Box, ...]:
        """Find the boxes of the objects that the filter names.

        Without a filter: the objects that `record`, the record of an upstream event, lists under `objects` (objects, or
        their ids); without such a list every object of the frame. `frame_size` is width and height in pixels; without
        a usable one there are no boxes.
        """
        size = usable_size(frame_size)
        if size is None:
            return ()
        found: dict[Box, float] = {}
        for thing in self._objects(metadata, record):
            box = _box_of(thing, size)
            if box is not None:
                found.setdefault(box, _probability_of(thing))
        return tuple(sorted(found, key=found.__getitem__, reverse=True)[:MAX_BOXES])

    def _objects(self, metadata: Metadata, record: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
        if self._filter is not None:
            return _resolved(islice(self._filter.items(metadata), MAX_OBJECTS), metadata)
        named = None if record is None else _data(record.get("objects"))
        if isinstance(named, list | tuple):
            return _resolved(map(_data, islice(named, MAX_OBJECTS)), metadata)
        return _objects_of(metadata)


def usable_size(frame_size: object) -> FrameSize | None:
    """Give width and height in pixels as plain numbers; None for what no frame can have."""
    if type(frame_size) is tuple and len(frame_size) == 2 and type(frame_size[0]) is type(frame_size[1]) is int:
        width, height = frame_size  # the usual case needs no look at each
        return frame_size if 0 < width < _LARGEST_SIDE and 0 < height < _LARGEST_SIDE else None
    sides = _data(frame_size)
    if not isinstance(sides, list | tuple) or len(sides) != 2:
        return None
    width, height = map(_number, sides)
    return (width, height) if 0 < width < _LARGEST_SIDE and 0 < height < _LARGEST_SIDE else None


def normal_color(text: str) -> str:
    """A colour as `R,G,B`, each 0 to 255. Raises a `custom_mistake` for a text that is none."""
    match = _COLOR.fullmatch(text)
    parts = [int(part) for part in match.groups()] if match else []
    if not parts or max(parts) > 255:
        raise custom_mistake(f'"{text[:40]}" is not a colour', 'Write red, green and blue, each 0 to 255: "255,160,0".')
    return ",".join(map(str, parts))


def _resolved(items: Iterable[Any], metadata: Metadata) -> Iterator[Mapping[str, Any]]:
    """The objects that items stand for: an item with a `rect` itself, any other by its id among the frame's objects."""
    by_id: dict[TrackId, Mapping[str, Any]] | None = None
    for item in items:
        if isinstance(item, dict) and isinstance(_data(item.get("rect")), dict):
            yield item
            continue
        wanted = track_id_of(item if isinstance(item, dict) else {"id": item})
        if wanted is None:
            continue
        if by_id is None:
            by_id = _objects_by_id(metadata)
        if wanted in by_id:
            yield by_id[wanted]


def _objects_of(metadata: Metadata) -> Iterator[Mapping[str, Any]]:
    objects = metadata.get("objects") if type(metadata) is dict else None
    items: Iterable[Any] = objects if type(objects) is list else _ALL_OBJECTS.items(metadata)
    for item in islice(items, MAX_OBJECTS):
        thing = item if type(item) is dict else _data(item)
        if isinstance(thing, dict):
            yield thing


def _objects_by_id(metadata: Metadata) -> dict[TrackId, Mapping[str, Any]]:
    found: dict[TrackId, Mapping[str, Any]] = {}
    for thing in _objects_of(metadata):
        track_id = thing.get("id")
        if type(track_id) is not int or not 0 <= track_id < _USUAL_IDS:  # others need a closer look
            track_id = track_id_of(thing)
        if track_id is not None:
            found[track_id] = thing
    return found


def _box_of(thing: Mapping[str, Any], frame_size: FrameSize) -> Box | None:
    rect = thing.get("rect")
    if type(rect) is not dict and not isinstance(rect := _data(rect), dict):
        return None
    left, top, width, height = map(rect.get, _SIDES)
    if not type(left) is type(top) is type(width) is type(height) is float:  # the usual case needs no look at each
        left, top, width, height = map(_number, (left, top, width, height))
    return box_on_frame((left, top, width, height), frame_size)


def _probability_of(thing: Mapping[str, Any]) -> float:
    """0 when it is not known."""
    probability = thing.get("probability")
    found = probability if type(probability) is float else _number(probability)
    return found if 0 <= found <= 1 else 0.0


def _number(value: object) -> float:
    """A number as float; not-a-number for anything else."""
    found = _data(value)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return float("nan")
    return float(found) if abs(found) < 1e15 else float("nan")


def _data(value: object) -> Any:
    """The value as data, or None."""
    if type(value) in PLAIN_TYPES:
        return value
    try:
        return as_data(value)
    except NoData:
        return None
