"""`securos-trigger schema`."""

from __future__ import annotations

import json

import click

from securos_trigger.cli.arguments import Command


@click.command(cls=Command)
def schema() -> None:
    """Print the JSON Schema of the trigger node's properties."""
    from securos_trigger.operations.schema import properties_schema

    click.echo(json.dumps(properties_schema(), indent=2))
