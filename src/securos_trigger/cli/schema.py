"""`securos-trigger schema`."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of the trigger node's properties."""
    from securos_trigger.operations.schema import properties_schema

    typer.echo(json.dumps(properties_schema(), indent=2))
