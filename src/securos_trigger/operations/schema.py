"""Give the JSON Schema of the trigger node's properties."""

from __future__ import annotations

from typing import Any

from securos_trigger.trigger.properties import json_schema


def properties_schema() -> dict[str, Any]:
    """The schema, as plain data."""
    return json_schema()
