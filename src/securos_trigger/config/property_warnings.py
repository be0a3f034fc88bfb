"""What of a trigger node's properties is allowed but probably not meant, whatever the nodes before it write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel

from securos_trigger.conditions.lint import certain_mistakes
from securos_trigger.config.agreement import Numbered, triggers_of
from securos_trigger.config.secrets import is_without_address
from securos_trigger.config.settings import PipelineSettings
from securos_trigger.errors import Mistake
from securos_trigger.model import EventSource
from securos_trigger.trigger.properties import TriggerProperties

_LONG_S: Final = 10_000.0
_HOUR_S: Final = 3600.0
#: 31 days. A longer time is probably in milliseconds, also when it is a whole number of hours.
_LONGEST_S: Final = 31 * 86_400.0
_YEARS_S: Final = 3652 * 86_400.0
_THOUSAND: Final = 1000
_TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_IN_SINGLE_BRACES: Final = re.compile(r"\$?\{\s*([A-Za-z_]\w*(?:\.\w+|\[[^\[\]{}]*\])*(?:\s*\|\s*\w+)*)\s*\}")
#: How other languages ask for the number of items.
_LENGTH: Final = re.compile(r"\.(?:length|size|count)$")


def property_warnings(pipelines: Numbered) -> list[Mistake]:
    """Warnings about the properties of all trigger nodes, each at its setting."""
    inputs = [(f"pipelines[{number}].", pipeline) for number, pipeline in pipelines if pipeline.has_input]
    from_map = tuple(place for place, _ in inputs)
    found = [
        replace(warning, where=f"{where}.{warning.where}")
        for where, trigger in triggers_of(pipelines)
        for warning in _of_one(trigger.properties, has_camera_map=where.startswith(from_map))
    ]
    found += [
        replace(warning, where=f"{place}.{warning.where}")
        for place, table in _tables_with_seconds(pipelines)
        for warning in seconds_warnings(table)
    ]
    found += [warning for number, pipeline in pipelines for warning in _of_camera(f"pipelines[{number}].", pipeline)]
    return found + [warning for place, pipeline in inputs for warning in _of_input(place, pipeline)]


def _tables_with_seconds(pipelines: Numbered) -> Iterator[tuple[str, BaseModel]]:
    """Sources with their transports, and the nodes that are no trigger nodes, each with its place."""
    for number, pipeline in pipelines:
        source = pipeline.source
        parts = (source.transport, source.reads) if pipeline.has_input else (source,)
        yield from ((f"pipelines[{number}].source", part) for part in parts if isinstance(part, BaseModel))
        for index, node in enumerate(pipeline.nodes):
            if isinstance(node, BaseModel):
                yield f"pipelines[{number}].nodes[{index}]", node


def _of_camera(place: str, pipeline: PipelineSettings) -> Iterator[Mistake]:
    """The address of a camera that names none of its streams."""
    if pipeline.source.type != "rtsp" or is_without_address(pipeline.source):
        return
    parts = urlsplit(pipeline.source.url.get_secret_value())
    if not parts.path and not parts.query:
        fix = "Add the path from the camera's manual, such as /stream1. If it has none, end the address with /."
        yield Mistake(f"{place}source.url", "has no path after the host, and most cameras need one", fix)


def _of_input(place: str, pipeline: PipelineSettings) -> Iterator[Mistake]:
    """What of a pipeline with an input is probably not meant."""
    if not pipeline.source.reads.cameras and pipeline.source.type != "lumeoevent":
        fix = 'Set cameras = { gate = "1" }, or "*" = "1" for all.'
        yield Mistake(f"{place}cameras", "is missing: every camera is unknown, and no message raises an event", fix)
    transport = pipeline.source.transport
    if hasattr(transport, "broker") and transport.port == (1883 if transport.has_tls else 8883):
        usual = "mqtt:// without TLS" if transport.has_tls else "mqtts:// with TLS"
        what = f"has the port {transport.port}, which brokers use for {usual}"
        yield Mistake(f"{place}source.broker", what, "The usual port of mqtt:// is 1883, and of mqtts:// 8883.")
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
    yield from _single_braces(properties)
    yield from seconds_warnings(properties, ("interval", "hold", "record_max_lateness"))
    if properties.enabled and not properties.camera_ids and not has_camera_map:
        what = "names no camera, so SecurOS's Event Viewer probably does not show the event"
        yield Mistake(
            "iss_camera_ids",
            what,
            "Name a camera. Or set NO_CAMERA_TYPE and NO_CAMERA_ID of the receiver to an object that SecurOS has.",
        )
    if "iss_port" not in properties.model_fields_set:
        what = f"is not set, so it is {properties.iss_port}; receiver.js and Lumeo's script listen on 3443"
        yield Mistake("iss_port", what, 'Set iss_port to the receiver\'s port, such as "3443".')


def seconds_warnings(table: BaseModel, names: Sequence[str] = ()) -> Iterator[Mistake]:
    """The times of a table that were probably written in milliseconds.

    `names`: by default all that end in `_s`, without rates.
    """
    times = (name for name in type(table).model_fields if name.endswith("_s") and not name.endswith("_per_s"))
    for name in names or times:
        value = getattr(table, name)
        if name in table.model_fields_set and isinstance(value, int | float) and looks_like_milliseconds(value):
            what = f"{value:.15g} seconds are {_span(value)}; the unit is seconds"
            yield Mistake(name, what, _in_milliseconds(value))


def _span(seconds: float) -> str:
    if seconds > _LONGEST_S:
        return f"{seconds / 86_400:,.0f} days" if seconds < _YEARS_S else "more than ten years"
    return f"{seconds / 3600:.1f} hours" if seconds >= _HOUR_S else f"{seconds / 60:.1f} minutes"


def _in_milliseconds(value: float) -> str:
    if value / _THOUSAND > _LONGEST_S:
        return "Write 60 for a minute."
    fix = f"If it is milliseconds, write {value / _THOUSAND:.15g}."
    if value > _LONGEST_S:
        return fix
    whole_s, unit = (3600, "hours") if value >= _LONG_S else (60, "minutes")
    return f"{fix} If not, write a whole number of {unit}, such as {round(value / whole_s) * whole_s}."


def looks_like_milliseconds(seconds: float) -> bool:
    """True for a round number of thousands that is no whole number of minutes, and of hours if it is long.

    True for more than a month, too: an hour in milliseconds is as many seconds as a thousand hours have.
    """
    if seconds > _LONGEST_S:
        return True
    if seconds < _THOUSAND or seconds % _THOUSAND:
        return False
    return seconds % 3600 != 0 if seconds >= _LONG_S else seconds % 60 != 0


def _single_braces(properties: TriggerProperties) -> Iterator[Mistake]:
    """Names in one pair of braces, as other template languages have them."""
    for name in ("event_name", "event_description"):
        text = getattr(properties, name)
        is_used = name != "event_name" or properties.event_source is EventSource.CUSTOM
        if is_used and text and (found := _IN_SINGLE_BRACES.search(_TAG.sub("", text))):
            what = f"{found[0]} is not replaced: a template has two pairs of braces"
            yield Mistake(name, what, f"Write {{{{ {_LENGTH.sub('|length', found[1])} }}}}.")
