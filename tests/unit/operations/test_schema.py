"""The JSON Schema of the trigger node's properties."""

from __future__ import annotations

from securos_trigger.operations.schema import properties_schema
from securos_trigger.trigger.properties import TriggerProperties


def test_the_schema_has_every_property() -> None:
    schema = properties_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema["properties"]) == set(TriggerProperties.model_fields)
