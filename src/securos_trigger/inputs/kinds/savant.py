"""Savant: lines of its JSON sink for metadata."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from securos_trigger.inputs.boxes import Box, BoxForm, Canvas, box_from, canvas_from
from securos_trigger.inputs.documents import each_document, read_each
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.source_names import SourceNames
from securos_trigger.inputs.values import (
    kept,
    number,
    object_id,
    required_list,
    required_table,
    required_text,
    share,
    shown,
    table,
    text,
)

_SIDES: Final = ("xc", "yc", "width", "height")


class SavantSettings(InputSettings):
    """Savant's JSON sink, from a file or posted."""

    type: Literal["savant"] = "savant"

    @property
    def topics_example(self) -> str:
        """Where the topics stand."""
        return 'Savant itself writes no MQTT. List what your forwarder publishes: topics = ["savant/+"].'


class SavantParser:
    """Reads frames and ends of streams."""

    def __init__(self, settings: SavantSettings) -> None:
        self._names = SourceNames(settings.cameras)

    def read(self, message: Message) -> Iterable[Reading]:
        """One reading for each line."""
        return read_each(message, lambda body, where: self._record(body, where, message))

    def _record(self, body: Mapping[str, Any], where: str, message: Message) -> Iterator[Reading]:
        source = self._names.choose(message, required_text(body.get("source_id"), f"{where}source_id"))
        schema = text(body.get("schema")) or ""
        if schema == "EndOfStream":
            yield Reading(says=Says.LEVEL, source=source, about="health", more={"end_of_stream": True})
        elif schema == "VideoFrame" or (not schema and "metadata" in body):
            yield _frame(body, where, source, message)
        else:
            yield Reading(says=Says.NOT_FOR_US, source=source, why=f"nothing is read from records of {shown(schema)}")


def _frame(body: Mapping[str, Any], where: str, source: str | None, message: Message) -> Reading:
    canvas = canvas_from(number(body.get("width")), number(body.get("height")))
    found = table(body.get("metadata")).get("objects")
    place = f"{where}metadata.objects"
    items = required_list(found, place) if found is not None else []
    things = [required_table(one, f"{place}[{index}]") for index, one in enumerate(items)]
    pts_ns = number(body.get("pts"))
    return Reading(
        says=Says.FRAME,
        source=source,
        identity=f"frame|{source or ''}",
        key=f"{message.digest}{where}" if pts_ns is not None else "",
        media_at=pts_ns / 1e9 if pts_ns is not None else None,
        objects=tuple(_thing(one, canvas) for one in things if not _is_frame(one)),
        canvas=canvas,
        more={"tags": kept(body["tags"])} if isinstance(body.get("tags"), dict) else {},
    )


def _is_frame(item: Mapping[str, Any]) -> bool:
    """True for the object that stands for the frame itself."""
    return item.get("model_name") == "auto" and item.get("label") == "frame"


def _thing(item: Mapping[str, Any], canvas: Canvas | None) -> Thing:
    attributes = item.get("attributes")
    named = [table(one) for one in attributes[:200]] if isinstance(attributes, list) else []
    return Thing(
        label=text(item.get("label")) or "",
        id=object_id(item.get("object_id")),
        probability=share(item.get("confidence")),
        box=_box(table(item.get("bbox")), canvas),
        attributes={name: kept(one.get("value")) for one in named if (name := text(one.get("name")))},
    )


def _box(bbox: Mapping[str, Any], canvas: Canvas | None) -> Box | None:
    """The upright box around one that may be turned."""
    four = [number(bbox.get(side)) for side in _SIDES]
    angle = math.radians((number(bbox.get("angle")) or 0.0) % 360.0)
    width, height = four[2], four[3]
    if angle and width is not None and height is not None:
        across, up = abs(math.cos(angle)), abs(math.sin(angle))
        four[2:] = [width * across + height * up, width * up + height * across]
    return box_from(four, BoxForm.CENTRE, canvas=canvas)


KIND = Kind(
    name="savant",
    cut_list=each_document,
    title="Savant",
    settings=SavantSettings,
    make_parser=SavantParser,
    fields=(
        InputField("objects[].label", "person", "`metadata.objects[].label`", "What the object is."),
        InputField("objects[].id", 7, "`metadata.objects[].object_id`", "64 bits; null for 2^64-1: not tracked."),
        InputField("objects[].probability", 0.91, "`metadata.objects[].confidence`", "0 to 1."),
        InputField(
            "objects[].rect", {"left": 400}, "`bbox` (centre, size, angle)", "Pixels; upright around a turned one."
        ),
        InputField(
            "objects[].attributes", {"group": "adult"}, "`attributes[].name` and `value`", "What classifiers add."
        ),
        InputField("tags", {"location": "…"}, "`tags`", "As it stands."),
        InputField(
            "end_of_stream", True, "records of `EndOfStream`", "The stream is over. A state: it raises no event."
        ),
    ),
    losses=("There is no wall clock: the time of arrival is used; `pts` is the time of the stream.",),
)
