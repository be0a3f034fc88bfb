"""Give the JSON Schemas of the trigger node's properties, and of every other part of a pipeline."""

from __future__ import annotations

from typing import Any, get_args

from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.trigger.properties import json_schema
from securos_trigger.video.settings import SinkSettings, SourceSettings


def properties_schema() -> dict[str, Any]:
    """The schema of the trigger node, as plain data."""
    return json_schema()


def part_schemas() -> dict[str, Any]:
    """The schemas of the `trigger` node, and of all other `nodes`, `sources` and `sinks` by type."""
    return {
        "trigger": json_schema(),
        "nodes": _by_type(NodeSettings),
        "sources": _by_type(SourceSettings),
        "sinks": _by_type(SinkSettings),
    }


def _by_type(union: Any) -> dict[str, Any]:
    models = get_args(get_args(union)[0])
    return {model.model_fields["type"].default: model.model_json_schema() for model in models}
