"""Roboflow Inference: its answers to detections and classifications, posted by the program that asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeGuard

from securos_trigger.errors import MessageError
from securos_trigger.inputs.boxes import BoxForm, Canvas, box_from, canvas_from
from securos_trigger.inputs.documents import each_document, read_each
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.source_names import SourceNames
from securos_trigger.inputs.values import (
    number,
    object_id,
    required_list,
    required_table,
    share,
    table,
    text,
)

_SIDES: Final = ("x", "y", "width", "height")


class RoboflowSettings(InputSettings):
    """Answers of Roboflow Inference."""

    type: Literal["roboflow"] = "roboflow"


class RoboflowParser:
    """Reads answers. The body names no camera: the address does."""

    def __init__(self, settings: RoboflowSettings) -> None:
        self._names = SourceNames(settings.cameras)

    def read(self, message: Message) -> Iterable[Reading]:
        """One frame for each answer."""
        return read_each(message, lambda body, where: self._frames(body, where, message))

    def _frames(self, body: Mapping[str, Any], where: str, message: Message) -> Iterator[Reading]:
        """The frame of an answer, or those of the outputs of a workflow, one for each of its images."""
        if "outputs" not in body or "predictions" in body:
            yield from self._frame(body, where, message)
            return
        for index, one in enumerate(required_list(body["outputs"], f"{where}outputs")):
            place = f"{where}outputs[{index}]"
            yield from self._frame(_answer_in(required_table(one, place)), f"{place}.", message)

    def _frame(self, body: Mapping[str, Any], where: str, message: Message) -> Iterator[Reading]:
        found = body.get("predictions")
        if _is_answer(found):  # the output of a workflow
            body, found = found, found["predictions"]
        if found is None:
            raise MessageError("predictions is missing, so it is not an answer of Inference", where.rstrip("."))
        size = table(body.get("image"))
        canvas = canvas_from(number(size.get("width")), number(size.get("height")))
        source = self._names.choose(message)
        if isinstance(found, dict):  # a classification with several labels
            classes = required_list(list(found.items()), f"{where}predictions")
            things = [_class(text(name) or "", table(one)) for name, one in classes]
        else:
            items = required_list(found, f"{where}predictions")
            things = [
                _thing(required_table(one, f"{where}predictions[{index}]"), canvas) for index, one in enumerate(items)
            ]
        inference_id = text(body.get("inference_id")) or ""
        yield Reading(
            says=Says.FRAME,
            source=source,
            identity=f"frame|{source or ''}",
            key=inference_id,
            objects=tuple(things),
            canvas=canvas,
            more={"inference_id": inference_id} if inference_id else {},
        )


def _answer_in(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer of a model among the outputs of a workflow, whose names its user has chosen."""
    return next((one for one in output.values() if _is_answer(one)), output)


def _is_answer(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and isinstance(value.get("predictions"), list)


def _thing(item: Mapping[str, Any], canvas: Canvas | None) -> Thing:
    return Thing(
        label=text(item.get("class")) or "",
        id=object_id(item.get("tracker_id")),
        probability=share(item.get("confidence")),
        box=box_from([number(item.get(side)) for side in _SIDES], BoxForm.CENTRE, canvas=canvas),
    )


def _class(name: str, item: Mapping[str, Any]) -> Thing:
    return Thing(label=name, probability=share(item.get("confidence")))


KIND = Kind(
    name="roboflow",
    cut_list=each_document,
    title="Roboflow Inference",
    settings=RoboflowSettings,
    make_parser=RoboflowParser,
    fields=(
        InputField("objects[].label", "person", "`predictions[].class`", "What the object is."),
        InputField("objects[].id", 7, "`predictions[].tracker_id`", "Null for -1, or without a tracker."),
        InputField("objects[].probability", 0.91, "`predictions[].confidence`", "0 to 1."),
        InputField("objects[].rect", {"left": 400}, "`x`, `y` (the centre), `width`, `height`", "Pixels of `image`."),
        InputField("inference_id", "9d5b…", "`inference_id`", "Names the answer: the same one again is left out."),
    ),
    losses=(
        "The body names no camera: it is in the address, `/metadata/gate` or `?camera=gate`.",
        "The frame has no time (`time` is the duration of the inference): the time of arrival is used.",
        "A classification has no box.",
    ),
)
