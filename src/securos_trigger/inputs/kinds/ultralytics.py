"""Ultralytics: `Results.to_json()`, posted by the user's program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field

from securos_trigger.inputs.boxes import Box, BoxForm, BoxUnit, Canvas, box_from
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import FrameSize, InputSettings
from securos_trigger.inputs.source_names import SourceNames
from securos_trigger.inputs.values import (
    number,
    object_id,
    read_json,
    required_list,
    required_table,
    share,
    table,
    text,
)

_CORNERS: Final = ("x1", "y1", "x2", "y2")
_POINTS: Final = tuple((f"x{one}", f"y{one}") for one in range(1, 5))


class UltralyticsSettings(InputSettings):
    """Results of Ultralytics."""

    type: Literal["ultralytics"] = "ultralytics"
    box_unit: Literal["auto", "pixels", "fractions"] = Field(
        "auto",
        description="`fractions` with `normalize=True`; no message says it. `auto`: fractions when none is above 1.",
    )
    frame_size: FrameSize | None = Field(None, description="Width and height of the frames: no message has them.")


class UltralyticsParser:
    """Reads lists of objects. The body names no camera: the address or the topic does."""

    def __init__(self, settings: UltralyticsSettings) -> None:
        self._names = SourceNames(settings.cameras)
        self._unit = settings.box_unit
        self._canvas = settings.frame_size

    def read(self, message: Message) -> Iterable[Reading]:
        """One frame. A text that holds the JSON, as a program posts it that encodes it twice, is read too."""
        body = message.document
        if isinstance(body, str):
            body = read_json(body.encode("utf-8", "replace"))
        items = [required_table(one, f"[{index}]") for index, one in enumerate(required_list(body))]
        boxes = [_four(table(item.get("box"))) for item in items]
        unit = self._unit_of(boxes)
        source = self._names.choose(message)
        return [
            Reading(
                says=Says.FRAME,
                source=source,
                identity=f"frame|{source or ''}",
                objects=tuple(_thing(one, four, unit, self._canvas) for one, four in zip(items, boxes, strict=True)),
                canvas=self._canvas,
            )
        ]

    def _unit_of(self, boxes: Sequence[Sequence[float | None]]) -> BoxUnit:
        if self._unit != "auto":
            return BoxUnit(self._unit)
        sides = [abs(side) for box in boxes for side in box if side is not None]
        return BoxUnit.FRACTIONS if sides and max(sides) <= 1.0 else BoxUnit.PIXELS


def _four(box: Mapping[str, Any]) -> list[float | None]:
    """Left, top, right, bottom; of a turned box, with four corners, those around it."""
    if "x3" not in box:
        return [number(box.get(name)) for name in _CORNERS]
    across = [one for name, _ in _POINTS if (one := number(box.get(name))) is not None]
    down = [one for _, name in _POINTS if (one := number(box.get(name))) is not None]
    return [min(across), min(down), max(across), max(down)] if len(across) == len(down) == 4 else [None] * 4


def _thing(item: Mapping[str, Any], four: Sequence[float | None], unit: BoxUnit, canvas: Canvas | None) -> Thing:
    box: Box | None = box_from(four, BoxForm.CORNERS, unit, canvas=canvas)
    return Thing(
        label=text(item.get("name")) or text(item.get("class")) or "",
        id=object_id(item.get("track_id")),
        probability=share(item.get("confidence")),
        box=box,
    )


KIND = Kind(
    name="ultralytics",
    title="Ultralytics",
    settings=UltralyticsSettings,
    make_parser=UltralyticsParser,
    fields=(
        InputField("objects[].label", "person", "`name`, else `class`", "What the object is."),
        InputField("objects[].id", 7, "`track_id`", "Null without `track()`."),
        InputField("objects[].probability", 0.91, "`confidence`", "0 to 1."),
        InputField("objects[].rect", {"left": 400}, "`box`", "Pixels or fractions; upright around a turned one."),
    ),
    losses=(
        "There is no camera, no time and no size of the frame: camera by the address, time of arrival, `frame_size`.",
        "Segments and keypoints are not read.",
    ),
)
