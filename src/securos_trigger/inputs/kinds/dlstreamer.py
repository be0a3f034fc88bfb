"""Intel DL Streamer: the JSON of gvametaconvert, by gvametapublish (MQTT, file) or posted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from securos_trigger.errors import MessageError
from securos_trigger.inputs.boxes import Box, BoxForm, BoxUnit, Canvas, box_from, canvas_from
from securos_trigger.inputs.documents import each_document, read_each
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.source_names import SourceNames
from securos_trigger.inputs.times import TimeUnit, instant
from securos_trigger.inputs.values import (
    kept,
    number,
    object_id,
    required_list,
    required_table,
    share,
    table,
    text,
)

_FRAME_KEYS: Final = ("resolution", "source", "timestamp", "objects", "streams")
_SIDES: Final = ("x", "y", "w", "h")
_REGION_KEYS: Final = ("roi_type", "detection", "region_id", "id")


class DlStreamerSettings(InputSettings):
    """DL Streamer over MQTT, posted, or from a file."""

    type: Literal["dlstreamer"] = "dlstreamer"

    @property
    def topics_example(self) -> str:
        """Where the topics stand."""
        return 'They are `topic` of gvametapublish: topics = ["dlstreamer/+"].'


class DlStreamerParser:
    """Reads frames, and batches of frames of several streams."""

    def __init__(self, settings: DlStreamerSettings) -> None:
        self._names = SourceNames(settings.cameras)

    def read(self, message: Message) -> Iterable[Reading]:
        """The frames of one message."""
        return read_each(message, lambda body, where: self._frames(body, where, message))

    def _frames(self, body: Mapping[str, Any], where: str, message: Message) -> Iterator[Reading]:
        if not any(key in body for key in _FRAME_KEYS):
            raise MessageError(f"none of {', '.join(_FRAME_KEYS)} is in it: it is not a frame of gvametaconvert", where)
        if "streams" not in body:
            yield self._frame(body, {}, where, message)
            return
        for index, stream in enumerate(required_list(body["streams"], f"{where}streams")):
            place = f"{where}streams[{index}]"
            yield self._frame(required_table(stream, place), body, place, message)

    def _frame(self, frame: Mapping[str, Any], batch: Mapping[str, Any], where: str, message: Message) -> Reading:
        """One frame. A frame without the key `objects` has none."""
        both = {**batch, **frame}
        size = table(both.get("resolution"))
        canvas = canvas_from(number(size.get("width")), number(size.get("height")))
        named = (
            frame.get("source"),
            table(frame.get("tags")).get("camera"),
            frame.get("stream_id"),
            both.get("source"),
        )
        source = self._names.choose(message, *named)
        items = required_list(frame["objects"], f"{where}objects") if frame.get("objects") is not None else []
        things = [required_table(item, f"{where}objects[{index}]") for index, item in enumerate(items)]
        whole_frame = [one for one in things if _is_whole_frame(one, canvas)]
        stream_ns = number(both.get("timestamp"))
        attributes = {name: value for one in whole_frame for name, value in _attributes(one).items()}
        return Reading(
            says=Says.FRAME,
            source=source,
            identity=f"frame|{source or ''}",
            key=f"{message.digest}{where}" if stream_ns is not None else "",
            at=_wall_clock(both),
            media_at=stream_ns / 1e9 if stream_ns is not None else None,
            objects=tuple(_thing(one, canvas) for one in things if not _is_whole_frame(one, canvas)),
            canvas=canvas,
            more={
                **({"tags": kept(both["tags"])} if isinstance(both.get("tags"), dict) else {}),
                **({"frame_attributes": attributes} if attributes else {}),
            },
        )


def _is_whole_frame(item: Mapping[str, Any], canvas: Canvas | None) -> bool:
    """True for the classes of the whole frame: gvametaconvert writes them as an object without a region's keys.

    A region has an id of its own in newer releases; in older ones a box that is not the whole frame is one.
    """
    if any(name in item for name in _REGION_KEYS):
        return False
    left, top, width, height = (number(item.get(side)) for side in _SIDES)
    if left is None or top is None or not width or not height:
        return True
    return (left, top) == (0, 0) and (canvas is None or (width, height) == canvas)


def _wall_clock(body: Mapping[str, Any]) -> float | None:
    """The clock of the machine, with `timecodestamper`; else the camera's, by RTCP; else none."""
    sent_ns = table(body.get("rtp")).get("sender_ntp_unix_timestamp_ns")
    return instant(body.get("system_timestamp")) or instant(sent_ns, TimeUnit.NANOSECONDS)


def _thing(item: Mapping[str, Any], canvas: Canvas | None) -> Thing:
    detection = table(item.get("detection"))
    return Thing(
        label=text(item.get("roi_type")) or text(detection.get("label")) or "",
        id=object_id(item.get("id")),
        probability=share(detection.get("confidence")),
        box=_box(item, table(detection.get("bounding_box")), canvas),
        zones=tuple(name for one in _items(item, "zone_violations") if (name := _name(one, "zone_id"))),
        lines=tuple(
            (name, kept(table(one).get("direction")))
            for one in _items(item, "tripwire_crossings")
            if (name := _name(one, "tripwire_id"))
        ),
        attributes=_attributes(item),
    )


def _box(item: Mapping[str, Any], fractions: Mapping[str, Any], canvas: Canvas | None) -> Box | None:
    found = box_from([number(item.get(side)) for side in _SIDES], canvas=canvas)
    if found is not None:
        return found
    corners = [number(fractions.get(name)) for name in ("x_min", "y_min", "x_max", "y_max")]
    return box_from(corners, BoxForm.CORNERS, BoxUnit.FRACTIONS, canvas=canvas)


def _items(item: Mapping[str, Any], name: str) -> list[Any]:
    found = item.get(name)
    return found[:200] if isinstance(found, list) else []


def _name(value: Any, key: str) -> str | None:
    return text(value.get(key) if isinstance(value, dict) else value)


def _attributes(item: Mapping[str, Any]) -> dict[str, str]:
    """Classifications: blocks with a label, under any name."""
    found = ((name, text(table(block).get("label"))) for name, block in list(item.items())[:100] if name != "detection")
    return {text(name) or "": label for name, label in found if label}


KIND = Kind(
    name="dlstreamer",
    cut_list=each_document,
    title="Intel DL Streamer",
    settings=DlStreamerSettings,
    make_parser=DlStreamerParser,
    fields=(
        InputField("objects[].label", "person", "`roi_type`, else `detection.label`", "What the object is."),
        InputField("objects[].id", 7, "`id`", "The tracker's id; null: no tracker, or not tracked."),
        InputField("objects[].probability", 0.91, "`detection.confidence`", "0 to 1."),
        InputField("objects[].rect", {"left": 400}, "`x`, `y`, `w`, `h`", "Pixels of `resolution`."),
        InputField("objects[].zones", ["fence"], "`zone_violations`", "Zones of gvaanalytics."),
        InputField("objects[].lines", [{"name": "barrier"}], "`tripwire_crossings`", "Name and direction of each."),
        InputField("objects[].attributes", {"color": "white"}, "blocks with a `label`", "What classifiers add."),
        InputField("tags", {"site": "north"}, "`tags`", "As it stands."),
        InputField("frame_attributes", {"weather": "rain"}, "an object, no region", "Classes of the whole frame."),
    ),
    losses=(
        "A frame without objects sends nothing, unless `add-empty-results=true`: that an object is gone is seen late.",
        "gvametapublish keeps nothing while its broker cannot be reached, and uses QoS 0.",
        "Without `timecodestamper` there is no wall clock: the time of arrival is used.",
    ),
)
