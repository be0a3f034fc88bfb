"""Happenings as plain data, for a person or a program: the keys of tests/payloads/README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from securos_trigger.inputs.boxes import Box
from securos_trigger.inputs.happening import Happening, Reading, Thing, Verdict, strongest
from securos_trigger.system.timestamps import utc

_NAMES = ("labels", "zones", "entered_zones", "object_ids")
_VALUES = ("probability", "sub_label", "plate", "severity", "count", "health")


def report(happenings: Sequence[Happening], *, has_parts: bool = False) -> dict[str, Any]:
    """What one body says: the keys of its strongest part, and below `messages` all parts where there are several."""
    leading = strongest(happenings)
    if leading is None:
        return {"verdict": Verdict.IGNORED.value, "why": "nothing is complete yet"}
    line = _report_one(leading)
    if has_parts or len(happenings) > 1:
        line["messages"] = [_report_one(one) for one in happenings]
    return line


def _report_one(happening: Happening) -> dict[str, Any]:
    reading = happening.reading
    line: dict[str, Any] = {"verdict": happening.verdict.value, "source": happening.source}
    if happening.cameras:
        line["camera"] = ",".join(happening.cameras)
    if happening.cameras or reading.direct_cameras is not None:
        line["cameras"] = list(happening.cameras)
    if happening.is_unknown:
        line["unknown_source"] = True
    line |= {name: list(value) for name in _NAMES if (value := getattr(reading, name)) is not None}
    line |= {name: value for name in _VALUES if (value := getattr(reading, name)) is not None}
    if happening.verdict in (Verdict.UPDATE, Verdict.END):
        line["changes"] = list(happening.changes)
    if reading.boxes:
        line |= _report_box(reading.boxes[0])
        if len(reading.boxes) > 1 or not reading.objects:
            line["rects_fractions"] = [_rounded(found) for box in reading.boxes if (found := box.fractions) is not None]
    if reading.objects is not None:
        line["objects"] = [_report_object(thing) for thing in reading.objects]
    line |= _report_times(reading)
    line |= {name: value for name, value in reading.more.items() if name not in line and value is not None}
    if happening.why:
        line["why"] = happening.why
    return line


def _report_times(reading: Reading) -> dict[str, Any]:
    """The source's own times; a null one is the time of arrival."""
    line: dict[str, Any] = {"time": _text(reading.at), "time_unix": reading.at}
    if reading.media_at is not None:
        line["media_time_s"] = reading.media_at
    for name, at in (("start", reading.began_at), ("end", reading.ended_at)):
        if at is not None:
            line[f"{name}_time"], line[f"{name}_time_unix"] = _text(at), at
    return line


def _text(at: float | None) -> str | None:
    return None if at is None else utc(at).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _report_box(box: Box) -> dict[str, Any]:
    line: dict[str, Any] = {}
    if (pixels := box.pixels) is not None:
        line["rect"] = [round(one, 3) for one in pixels]
    if (corners := box.corners_px) is not None:
        line["box_xyxy"] = [round(one, 3) for one in corners]
    if (fractions := box.fractions) is not None:
        line["rect_fractions"] = _rounded(fractions)
    return line


def _rounded(fractions: Sequence[float]) -> list[float]:
    return [round(one, 6) for one in fractions]


def _report_object(thing: Thing) -> dict[str, Any]:
    line: dict[str, Any] = {"label": thing.label, "id": thing.id, "probability": thing.probability}
    if thing.box is not None:
        line |= _report_box(thing.box)
    if thing.zones:
        line["zones"] = list(thing.zones)
    if thing.lines:
        line["lines"] = [{"name": name, "direction": direction} for name, direction in thing.lines]
    if thing.attributes:
        line["attributes"] = _plain(thing.attributes)
    if thing.is_part:
        line["part"] = True
    return line


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return dict(attributes)
