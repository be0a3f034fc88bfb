"""Reads `objects` from metadata, which is never trusted: what is malformed is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_SIDES = ("left", "top", "width", "height")
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


def tracked_objects_of(metadata: Mapping[str, Any], labels: Sequence[str] = ()) -> dict[int, dict[str, Any]]:
    """Those of `objects_of` that a tracker knows, by track id. Untracked ones (null, -1) are left out."""
    tracked: dict[int, dict[str, Any]] = {}
    for thing in objects_of(metadata, labels):
        track_id = thing.get("id")
        if isinstance(track_id, int) and not isinstance(track_id, bool) and track_id >= 0:
            tracked[track_id] = thing
    return tracked


def has_rect(thing: Mapping[str, Any]) -> bool:
    """True when the object's `rect` is four numbers that can be pixels."""
    rect = thing.get("rect")
    return isinstance(rect, dict) and all(_is_sane(rect.get(side)) for side in _SIDES)


def _is_sane(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FARTHEST_PX
