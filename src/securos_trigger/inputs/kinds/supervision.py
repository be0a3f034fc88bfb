"""Supervision: the rows of its JSONSink and CSVSink, one row for each detection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final, Literal

import msgspec
from pydantic import Field

from securos_trigger.inputs.boxes import BoxForm, Canvas, box_from
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import FrameSize, InputSettings
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

_CORNERS: Final = ("x_min", "y_min", "x_max", "y_max")
_OWN: Final = frozenset({*_CORNERS, "class_id", "class_name", "confidence", "tracker_id"})


class SupervisionSettings(InputSettings):
    """Rows of supervision, from a file or posted."""

    type: Literal["supervision"] = "supervision"
    camera_key: str = Field("camera", description="The key of `custom_data` that names the camera.")
    frame_key: str = Field("frame", description="The key of `custom_data` that is the same in all rows of one frame.")
    time_key: str = Field("time", description="The key of `custom_data` with the frame's time.")
    frame_size: FrameSize | None = Field(None, description="Width and height of the frames: no row has them.")


class SupervisionParser:
    """Reads rows, and joins those of one frame."""

    def __init__(self, settings: SupervisionSettings) -> None:
        self._settings = settings
        self._names = SourceNames(settings.cameras)

    def read(self, message: Message) -> Iterable[Reading]:
        """One frame for each camera and frame number that follow each other; no rows: a frame without objects."""
        rows = [required_table(one, f"[{index}]") for index, one in enumerate(required_list(message.document))]
        if not rows:
            return [self._frame([], message)]
        return [self._frame(list(group), message) for _, group in groupby(rows, self._frame_of)]

    def _frame_of(self, row: Mapping[str, Any]) -> tuple[str | None, str]:
        return text(row.get(self._settings.camera_key)), repr(row.get(self._settings.frame_key))[:100]

    def _frame(self, rows: list[Mapping[str, Any]], message: Message) -> Reading:
        first = rows[0] if rows else {}
        source = self._names.choose(message, first.get(self._settings.camera_key))
        custom = {name: kept(value) for name, value in list(first.items())[:100] if name not in _OWN}
        return Reading(
            says=Says.FRAME,
            source=source,
            identity=f"frame|{source or ''}",
            at=instant(first.get(self._settings.time_key), TimeUnit.AUTO),
            objects=tuple(_thing(row, self._settings.frame_size) for row in rows),
            canvas=self._settings.frame_size,
            more={"custom": custom} if custom else {},
        )


def _thing(row: Mapping[str, Any], canvas: Canvas | None) -> Thing:
    return Thing(
        label=text(row.get("class_name")) or text(row.get("class_id")) or "",
        id=object_id(row.get("tracker_id")),
        probability=share(row.get("confidence")),
        box=box_from([number(row.get(side)) for side in _CORNERS], BoxForm.CORNERS, canvas=canvas),
    )


def _frames_of_rows(settings: SupervisionSettings, rows: list[Any]) -> Iterator[bytes]:
    """The rows of a file as one message for each run of rows with the same camera, frame and time."""
    keys = (settings.camera_key, settings.frame_key, settings.time_key)
    for _, group in groupby(rows, lambda row: [table(row).get(name) for name in keys]):
        yield msgspec.json.encode(list(group))


KIND = Kind(
    name="supervision",
    cut_list=_frames_of_rows,
    title="Supervision",
    settings=SupervisionSettings,
    make_parser=SupervisionParser,
    fields=(
        InputField("objects[].label", "person", "`class_name`, else `class_id`", "What the object is."),
        InputField("objects[].id", 7, "`tracker_id`", "Null for an empty text: not tracked."),
        InputField("objects[].probability", 0.91, "`confidence`", "0 to 1."),
        InputField("objects[].rect", {"left": 400}, "`x_min` … `y_max`", "Pixels."),
        InputField("custom", {"frame": 12}, "`custom_data` of the first row", "As it stands."),
    ),
    losses=(
        "A frame without detections leaves no row.",
        "JSONSink writes its file when it is closed: it is not a live source. Post the rows of each frame instead.",
        "Rows without `frame_key` of one message are one frame.",
    ),
)
