"""What of a trigger node's properties is allowed but probably not meant, whatever the nodes before it write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from securos_trigger.conditions.lint import certain_mistakes
from securos_trigger.config.agreement import Numbered, triggers_of
from securos_trigger.config.settings import PipelineSettings
from securos_trigger.errors import Mistake
from securos_trigger.model import EventSource
from securos_trigger.trigger.properties import TriggerProperties


def property_warnings(pipelines: Numbered) -> list[Mistake]:
    """Warnings about the properties of all trigger nodes, each at its setting."""
    inputs = [(f"pipelines[{number}].", pipeline) for number, pipeline in pipelines if pipeline.has_input]
    from_map = tuple(place for place, _ in inputs)
    found = [
        replace(warning, where=f"{where}.{warning.where}")
        for where, trigger in triggers_of(pipelines)
        for warning in _of_one(trigger.properties, has_camera_map=where.startswith(from_map))
    ]
    return found + [warning for place, pipeline in inputs for warning in _of_input(place, pipeline)]


def _of_input(place: str, pipeline: PipelineSettings) -> Iterator[Mistake]:
    """What of a pipeline with an input is probably not meant."""
    if not pipeline.source.reads.cameras and pipeline.source.type != "lumeoevent":
        fix = 'Set cameras = { gate = "1" }, or "*" = "1" for all.'
        yield Mistake(f"{place}cameras", "is missing: every camera is unknown, and nothing becomes an event", fix)
    if pipeline.sink.type != "null":
        yield Mistake(f"{place}sink", "gets no images from this source", "Take it out.")


def _of_one(properties: TriggerProperties, *, has_camera_map: bool) -> Iterator[Mistake]:
    for sentence in properties.warnings():
        names, _, what = sentence.partition(": ")
        for name in names.split(", "):
            if name in properties.model_fields_set:
                yield Mistake(name, what.removesuffix("."))
    if properties.trigger is not None and properties.event_source is EventSource.CUSTOM:
        for mistake in certain_mistakes(properties.trigger):
            yield replace(mistake, where="trigger")
    if properties.enabled and not properties.camera_ids and not has_camera_map:
        what = "names no camera: the event is tied to none, and SecurOS's Event Viewer probably does not show it"
        yield Mistake(
            "iss_camera_ids",
            what,
            "Name a camera. Or let NO_CAMERA_TYPE and NO_CAMERA_ID of the receiver name an object that is there.",
        )
    if "iss_port" not in properties.model_fields_set:
        what = f"is not set, so it is {properties.iss_port}; receiver.js and Lumeo's script listen on 3443"
        yield Mistake("iss_port", what, 'Set iss_port to the receiver\'s port, such as "3443".')
