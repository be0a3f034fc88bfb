"""The settings of every analytics node: what may stand in a `[[pipelines.nodes]]` table.

This module imports nothing heavy, so that a configuration is checked without loading a model or a decoder.
`securos_trigger.analytics.build` turns settings into a node.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from securos_trigger.analytics.shapes import is_without_area
from securos_trigger.conditions import Condition
from securos_trigger.errors import ConditionError
from securos_trigger.model.looks import LOOKS_PRICE
from securos_trigger.system.output_file import Existing
from securos_trigger.validation.mistakes import custom_mistake, shown_name

Coordinate = Annotated[float, Field(allow_inf_nan=False)]
Point = tuple[Coordinate, Coordinate]
Line = tuple[Point, Point]
#: A line or a zone that is nowhere longer than this is a slip: one pixel, and one of a wide image.
_SHORTEST: Final = MappingProxyType({"pixels": 1.0, "fractions": 1 / 4000})
Polygon = Annotated[list[Point], Field(min_length=3)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[Text, AfterValidator(shown_name)]


def _id(default: str) -> str:
    """The field `id` with a node type's usual id."""
    return Field(default, description="Name of the node in the metadata: `nodes.<id>`.")


class _NodeSettings(BaseModel):
    """What all nodes share. An unknown key is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # a check builds only what it reads

    id: Name


class DetectorSettings(_NodeSettings):
    """Finds objects in a frame with an ONNX model."""

    type: Literal["detector"] = "detector"
    id: Name = _id("detector1")
    model: Path | None = Field(
        None, description="ONNX file. Without it the bundled NanoDet-g (COCO, 416 x 416) is used."
    )
    family: Literal["auto", "nanodet", "yolo", "yolox", "rtdetr"] = Field(
        "auto", description="How the model's output is laid out. `auto`: recognised from a first run at the start."
    )
    labels: list[Text] = Field(
        [], description="Names of the classes, in the model's order. Empty: the model's own, or the 80 of COCO."
    )
    threshold: float = Field(0.5, gt=0, lt=1, description="Least probability of an object.")
    nms_iou: float = Field(
        0.6, gt=0, le=1, description="Two boxes of a class that overlap more than this are one object."
    )
    keep: list[Text] = Field(["person"], description="Labels to keep. Empty: all.")
    most_stretch: float = Field(
        2.0,
        ge=1,
        description="A frame keeps its shape, with grey margins, when the input would stretch it by more than this.",
    )
    every: int = Field(1, ge=1, description=f"Look at every n-th frame: {LOOKS_PRICE}.")
    threads: int = Field(1, ge=1, le=64, description="Threads of the inference.")

    @model_validator(mode="after")
    def _has_a_model_of_its_family(self) -> Self:
        if self.family not in ("auto", "nanodet") and self.model is None:
            raise custom_mistake(f"a {self.family} detector needs a model", 'Set model = "file.onnx".')
        return self


class TrackerSettings(_NodeSettings):
    """Gives each object an id that stays the same from frame to frame."""

    type: Literal["tracker"] = "tracker"
    id: Name = _id("tracker1")
    high_threshold: float = Field(
        0.5, ge=0, lt=1, description="Objects this probable or more start and continue tracks."
    )
    low_threshold: float = Field(0.1, ge=0, lt=1, description="Objects this probable or more continue a track.")
    least_iou: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="Least overlap (IoU) of a track's expected place with an object.",
    )
    confirm_frames: int = Field(2, ge=1, description="Frames in a row with the object before a track gets an id.")
    lost_s: float = Field(2.0, gt=0, description="Seconds of media time that a track may be unseen and keep its id.")

    @model_validator(mode="after")
    def _thresholds_are_in_order(self) -> Self:
        if self.low_threshold > self.high_threshold:
            what = f"low_threshold {self.low_threshold:g} is above high_threshold {self.high_threshold:g}"
            raise custom_mistake(what, "Objects between the two keep a track alive: the low one is the lower one.")
        return self


class _CountingSettings(_NodeSettings):
    """What the nodes share that watch tracked objects move over a drawing."""

    labels: list[Text] = Field([], description="Labels of the objects that count. Empty: all.")
    units: Literal["pixels", "fractions"] = Field(
        "pixels", description="Unit of all coordinates: pixels of the frame, or fractions (0 to 1) of its size."
    )
    anchor: Literal["bottom", "centre"] = Field(
        "bottom", description="The point that stands for an object: the middle of its lower edge, or its centre."
    )


class LineCounterSettings(_CountingSettings):
    """Counts tracked objects that cross a line."""

    type: Literal["line_counter"] = "line_counter"
    id: Name = _id("annotate_line_counter1")
    lines: dict[Name, Line] = Field(min_length=1, description="Lines by name, each [[x1, y1], [x2, y2]].")
    margin: float = Field(
        0.01,
        ge=0,
        le=0.2,
        description="An object is on a side when it is this far from the line (fraction of the height).",
    )

    @model_validator(mode="after")
    def _lines_have_length_and_unit(self) -> Self:
        for name, (start, end) in self.lines.items():
            if start == end:
                raise custom_mistake(f'line "{name}" starts where it ends')
            _check_unit(f'line "{name}"', [start, end], self.units)
            if math.dist(start, end) < _SHORTEST[self.units]:
                raise custom_mistake(f'line "{name}" is too short to be crossed', "Draw it across the way of objects.")
        return self


class ZoneSettings(_CountingSettings):
    """Says which tracked objects are in a zone, and counts who comes and goes."""

    type: Literal["zone_presence"] = "zone_presence"
    id: Name = _id("annotate_presence1")
    rois: dict[Name, Polygon] = Field({}, description="Zones by name, each [[x, y], …]. None: one zone, `fullframe`.")
    min_presence_s: float = Field(0.5, ge=0, description="Seconds inside before an object counts as entered.")
    crossing_buffer_s: float = Field(1.0, ge=0, description="Seconds outside or unseen before it counts as gone.")

    @model_validator(mode="after")
    def _rois_have_a_unit(self) -> Self:
        for name, points in self.rois.items():
            _check_unit(f'zone "{name}"', points, self.units)
            if is_without_area(points, _SHORTEST[self.units]):
                fix = "Name three corners or more, in the order in which one walks round the zone."
                raise custom_mistake(f'zone "{name}" has no area: its points are equal, or on one line', fix)
        return self


class EventSettings(_NodeSettings):
    """Raises a built-in event while a condition is true."""

    type: Literal["event"] = "event"
    id: Name = _id("event1")
    event_type: Name = Field(description="Name of the event.")
    condition: Text = Field(description="Trigger condition over the metadata of the nodes before this one.")
    description: str = Field("", description="Text of the event.")
    min_duration_s: float = Field(
        0.0, ge=0, description="Seconds an event lasts at least. 0: as long as the condition is true."
    )

    @field_validator("condition")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        try:
            Condition(text)
        except ConditionError as error:
            raise custom_mistake(str(error)) from error
        return text


class FunctionSettings(_NodeSettings):
    """Calls `process_frame(frame, **kwargs)` of your own Python code on every frame."""

    type: Literal["function"] = "function"
    id: Name = _id("function1")
    file: Path | None = Field(None, description="Python file that defines `process_frame`.")
    module: str | None = Field(None, description="Importable module that defines `process_frame`.")
    arguments: dict[str, Any] = Field({}, description="More keyword arguments for `process_frame`.")

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.file is None) == (self.module is None):
            raise custom_mistake(
                "exactly one of file and module is needed", 'Set file = "my.py" or module = "pkg.mod".'
            )
        return self


class RecorderSettings(_NodeSettings):
    """Writes the metadata of every frame to a file, one JSON object a line."""

    type: Literal["metadata_recorder"] = "metadata_recorder"
    id: Name = _id("recorder1")
    path: Path = Field(
        description="File to write; compressed when the name ends in .gz. It ends in .partial until it is finished."
    )
    existing: Existing = Field(
        Existing.NUMBER, description="When the file exists: number (seen-2.jsonl is written), replace or refuse."
    )


NodeSettings = Annotated[
    DetectorSettings
    | TrackerSettings
    | LineCounterSettings
    | ZoneSettings
    | EventSettings
    | FunctionSettings
    | RecorderSettings,
    Field(discriminator="type"),
]


def _check_unit(what: str, points: list[Point], units: str) -> None:
    """Refuses coordinates that cannot be in the unit they claim."""
    within_one = all(0 <= value <= 1 for point in points for value in point)
    if units == "fractions" and not within_one:
        fix = 'Set units = "pixels", or write a part of the width or height, such as 0.4 for 40 %.'
        raise custom_mistake(f"{what} has coordinates outside 0 to 1", fix)
    if units == "pixels" and within_one:
        raise custom_mistake(f"{what} would be less than a pixel long", 'Set units = "fractions".')


def guesses_between(nodes: Iterable[object]) -> int | None:
    """The `every` of the detector whose objects a tracker follows; None: no tracker guesses where objects are."""
    every = None
    for node in nodes:
        if isinstance(node, DetectorSettings):
            every = node.every
        elif isinstance(node, TrackerSettings) and every is not None:
            return every
    return None
