"""Axis scene metadata: frames (also of the beta form), and finished object tracks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from securos_trigger.inputs.boxes import Box, BoxForm, BoxUnit, box_from
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.times import TimeUnit, instant
from securos_trigger.inputs.values import (
    MAX_NAMES,
    kept,
    number,
    object_id,
    required_list,
    required_table,
    required_text,
    share,
    table,
    text,
)

#: Tracks of their own that are parts of another object.
PARTS: Final = frozenset({"head", "face", "licenseplate", "license_plate"})
_SIDES: Final = ("left", "top", "right", "bottom")
_ENDED: Final = frozenset({"trackended", "deleteoperation"})


def frame_reading(frame: Mapping[str, Any], body: Mapping[str, Any], source: str | None, key: str) -> Reading:
    """One frame. A key that is absent is an empty list."""
    name = "detections" if "detections" in frame else "observations"
    found = frame.get(name)
    listed = [] if found is None else required_list(found, name)
    channel = text(body.get("channel_id", frame.get("channel_id"))) or ""
    at = instant(frame.get("timestamp"), TimeUnit.AUTO)
    operations = [*_list(frame, "track_events"), *_list(frame, "operations")]
    ended = [_track(one) for one in operations if (text(one.get("type")) or "").lower() in _ENDED]
    renamed = [kept(one) for one in operations if (text(one.get("type")) or "").lower().startswith("rename")]
    ids = [one for one in ended if one is not None]
    return Reading(
        says=Says.FRAME,
        source=source,
        channel=channel,
        identity=f"frame|{source or ''}|{channel}",
        key=key if at is not None else "",
        at=at,
        objects=tuple(_thing(required_table(one, f"{name}[{index}]")) for index, one in enumerate(listed)),
        more={**({"ended_object_ids": ids} if ids else {}), **({"renamed": renamed} if renamed else {})},
    )


def _list(frame: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = frame.get(name)
    items = found if isinstance(found, list) else [found]
    return [one for one in items[:MAX_NAMES] if isinstance(one, dict)]


def _track(item: Mapping[str, Any]) -> Any:
    names = ("object_track_id", "track_id", "id")
    return next((found for name in names if (found := object_id(item.get(name))) is not None), None)


def _thing(item: Mapping[str, Any]) -> Thing:
    what = table(item.get("class"))
    label = text(what.get("type")) or ""
    attributes = {name: kept(value) for name, value in list(what.items())[:50] if name not in ("type", "score")}
    return Thing(
        label=label,
        id=_track(item),
        probability=share(what.get("score")),
        box=_box(item.get("bounding_box")),
        attributes=attributes,
        is_part=label.lower() in PARTS,
    )


def _box(value: Any) -> Box | None:
    sides = table(value)
    return box_from([number(sides.get(side)) for side in _SIDES], BoxForm.CORNERS, BoxUnit.FRACTIONS)


def track_reading(body: Mapping[str, Any], source: str | None) -> Reading:
    """The whole life of one object, sent after it has left."""
    track_id = required_text(body.get("id"), "id")
    channel = text(body.get("channel_id")) or ""
    classes = _list(body, "classes")
    best: Mapping[str, Any] = max(classes, key=lambda one: share(one.get("score")) or 0.0, default={})
    label = text(best.get("type")) or ""
    path = [box for one in _list(body, "path") if (box := _box(one.get("bounding_box"))) is not None]
    ended_at = instant(body.get("end_time"), TimeUnit.AUTO)
    colors = [name for one in _list(best, "colors") if (name := text(one.get("name")))]
    more = {
        "duration": number(body.get("duration")),
        "colors": colors or None,
        "track_ids": [one for part in _list(body, "parts") if (one := text(part.get("object_track_id")))] or None,
    }
    is_part = label.lower() in PARTS
    return Reading(
        says=Says.NOT_FOR_US if is_part else Says.MOMENT,
        source=source,
        channel=channel,
        identity=f"{source or ''}|track|{track_id}",
        about="track",
        key=track_id,
        at=ended_at,
        began_at=instant(body.get("start_time"), TimeUnit.AUTO),
        ended_at=ended_at,
        labels=(label,) if label else (),
        object_ids=(track_id,),
        boxes=tuple(path[-1:]),
        probability=share(best.get("score")),
        more={name: value for name, value in more.items() if value is not None},
        why="a part of another object, which has a track of its own" if is_part else "",
    )
