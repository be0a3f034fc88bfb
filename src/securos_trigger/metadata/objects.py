"""Reads `objects` from metadata, which is never trusted: what is malformed is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from securos_trigger.model.data import NoData, as_data

#: What a tracker calls an object.
TrackId = int | str

_SIDES = ("left", "top", "width", "height")
_NOT_TRACKED = {
    *("", "-", "-1", "?", "0xffffffffffffffff", "18446744073709551615", "n/a", "na", "nan", "nil", "no", "none"),
    *("not tracked", "not_tracked", "null", "undefined", "unknown", "untracked"),
}
_LARGEST_UNSIGNED = 2**64 - 1
_LONGEST_ID = 256
# No frame is larger; NaN and infinity are not below it either.
_FARTHEST_PX = 1e6
_NO_DATA: Final = object()


def objects_of(metadata: Mapping[str, Any], labels: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The objects that have a usable `rect` and one of these labels (none given: any).

    Plain ones as they stand; of others (dataclasses, numbers of numpy) a plain copy.
    """
    found = []
    for item in _list(metadata.get("objects")):
        thing = item if type(item) is dict and has_rect(item) else _plain_object(item)
        if thing is not None and (not labels or _label_of(thing) in labels):
            found.append(thing)
    return found


def make_objects_plain(metadata: dict[str, Any]) -> None:
    """Put plain objects into the place of others, for a node that writes into them. Only a list is changed."""
    objects = metadata.get("objects")
    things = objects if type(objects) is list else _data(objects)
    if not isinstance(things, list | tuple):
        return
    if type(objects) is list and all(type(item) is dict and has_rect(item) for item in things):
        return
    metadata["objects"] = [item if (plain := _plain_object(item)) is None else plain for item in things]


def _list(objects: object) -> Sequence[Any]:
    found = objects if type(objects) is list else _data(objects)
    return found if isinstance(found, list | tuple) else ()


def _plain_object(item: object) -> dict[str, Any] | None:
    """The object with plain numbers in its `rect`; None when it is none. A plain one is given back itself."""
    if type(item) is dict and has_rect(item):
        return item
    thing = _data(item)
    rect = _data(thing.get("rect")) if isinstance(thing, dict) else None
    if not isinstance(rect, dict):
        return None
    plain = {**thing, "rect": {**rect, **{side: _data(rect.get(side)) for side in _SIDES}}}
    return plain if has_rect(plain) else None


def _label_of(thing: Mapping[str, Any]) -> Any:
    label = thing.get("label")
    return label if type(label) is str else _data(label)


def _data(value: object) -> Any:
    """The value as data; for what is none, something that equals nothing."""
    try:
        return as_data(value)
    except NoData:
        return _NO_DATA


def tracked_objects_of(metadata: Mapping[str, Any], labels: Sequence[str] = ()) -> dict[TrackId, dict[str, Any]]:
    """Those of `objects_of` that a tracker knows, by track id. Untracked ones are left out."""
    tracked: dict[TrackId, dict[str, Any]] = {}
    for thing in objects_of(metadata, labels):
        track_id = track_id_of(thing)
        if track_id is not None:
            tracked[track_id] = thing
    return tracked


def track_id_of(thing: Mapping[str, Any]) -> TrackId | None:
    """The object's `id`: a whole number from 0 of any size, or a text. None for one that is not tracked.

    Not tracked are null, negative numbers, the largest number of 64 bits (DeepStream's) and words such as `""`, `"-1"`,
    `"none"` and `"unknown"`.
    """
    return track_id_from(thing.get("id"))


def track_id_from(value: object) -> TrackId | None:
    """The same for the `id` itself."""
    found = _data(value)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, str):
        text = found.strip()
        return None if text.lower() in _NOT_TRACKED or len(text) > _LONGEST_ID else text
    is_id = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < _LARGEST_UNSIGNED
    return int(found) if is_id else None


def has_rect(thing: Mapping[str, Any]) -> bool:
    """True when the object's `rect` is four numbers that can be pixels."""
    rect = thing.get("rect")
    return isinstance(rect, dict) and all(_is_sane(rect.get(side)) for side in _SIDES)


def _is_sane(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FARTHEST_PX
