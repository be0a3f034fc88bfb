"""Give the JSON Schemas of the trigger node's properties, and of every other part of a pipeline."""

from __future__ import annotations

from functools import cache
from typing import Any

from securos_trigger.config.input_sources import ways_of
from securos_trigger.config.part_models import part_models
from securos_trigger.errors import MissingPartError
from securos_trigger.inputs.kinds import KINDS, load_kind
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.trigger.properties import json_schema


def properties_schema() -> dict[str, Any]:
    """The schema of the trigger node, as plain data."""
    return json_schema()


def part_schemas() -> dict[str, Any]:
    """The schemas of the `trigger` node, and of all other `nodes`, `sources` and `sinks` by type."""
    schemas = {
        name: {word: model.model_json_schema() for word, model in models.items()}
        for name, models in part_models().items()
    }
    return {"trigger": json_schema(), **schemas}


def input_schemas() -> dict[str, Any]:
    """The kinds of inputs by name (`inputs`): a `title`, whether it `has_topics`, and schemas of its source by way.

    `ways` are the ways in which its messages may come: `mqtt`, `http`, `device`, `stream` or `file`. `missing` has the
    kinds whose packages are not installed, each with a sentence that says which extra brings them.
    """
    inputs: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name in KINDS:
        try:
            inputs[name] = _input(name)
        except MissingPartError as error:
            missing[name] = str(error)
    return {"inputs": inputs, "missing": missing}


@cache
def _input(name: str) -> dict[str, Any]:
    """The title of a kind of input, and the schemas of its source by way. The camera map belongs to the pipeline."""
    kind = load_kind(name)
    own = kind.settings.model_json_schema()
    own["properties"].pop("cameras", None)
    ways = {way: _joined(model.model_json_schema(), own) for way, model in ways_of(name).items()}
    has_topics = kind.settings.mqtt_topics is not InputSettings.mqtt_topics
    return {"title": kind.title, "has_topics": has_topics, "ways": ways}


def _joined(way: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """One schema for the one table that a source is: how its messages come, then what they are."""
    joined = {key: {**way.get(key, {}), **own.get(key, {})} for key in ("properties", "$defs")}
    return {"type": "object", **joined, "required": [*way.get("required", ()), *own.get("required", ())]}
