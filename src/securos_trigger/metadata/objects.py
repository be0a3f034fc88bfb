"""Reads `objects` from metadata, which is never trusted: what is malformed is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def objects_of(metadata: Mapping[str, Any], labels: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The objects that have a usable `rect` and one of these labels (none given: any), as they stand."""
    objects = metadata.get("objects")
    if not isinstance(objects, list):
        return []
    return [
        thing
        for thing in objects
        if isinstance(thing, dict) and has_rect(thing) and (not labels or thing.get("label") in labels)
    ]


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
    try:
        found = as_data(thing.get("id"))
    except NoData:
        return None
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
