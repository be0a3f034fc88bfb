"""Give the JSON Schemas of the trigger node's properties, and of every other part of a pipeline."""

from __future__ import annotations

from typing import Any

from securos_trigger.config.part_models import part_models
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
