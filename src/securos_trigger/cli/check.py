"""`securos-trigger check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from securos_trigger.cli.arguments import Command, config_argument, file_type
from securos_trigger.cli.colours import DOUBTFUL, coloured

if TYPE_CHECKING:
    from securos_trigger.operations.check import CheckedPipeline, CheckedTrigger


@click.command(cls=Command)
@config_argument
@click.option(
    "--metadata", type=file_type(), metavar="RECORDING", help="Check the triggers against this recording, too."
)
@click.option("--strict", "is_strict", is_flag=True, help="End with code 1 when there is a warning.")
def check(config: Path, metadata: Path | None, is_strict: bool) -> None:
    """Say whether CONFIG can run, or deliver: every mistake at once, with its line and how to fix it.

    With --metadata also what is probably not meant: paths that are never there, clauses that are never true, floods
    of events … The secrets are then not needed.
    """
    from securos_trigger.operations.check import check_config

    found = check_config(config, metadata)
    for warning in found.warnings:
        click.echo(coloured(f"warning: {warning}", DOUBTFUL, sys.stdout))
    for pipeline in found.pipelines:
        for line in _lines(pipeline):
            click.echo(line)
    for receiver in found.receivers:
        click.echo(f"delivers to {receiver}")
    click.echo(f"{config}: ok" if not found.warnings else f"{config}: ok, with warnings")
    if is_strict and found.warnings:
        sys.exit(1)


def _lines(pipeline: CheckedPipeline) -> list[str]:
    nodes = ", ".join(pipeline.node_ids) or "no nodes"
    lines = [f"pipeline {pipeline.name}: {pipeline.source_type} -> {nodes} -> {pipeline.sink_type}"]
    for trigger in pipeline.triggers:
        events = f"sends {trigger.event_source} events {_cameras(trigger)} {trigger.target}"
        lines.append(f"  {trigger.node_id}: {events if trigger.is_enabled else 'sends nothing: enabled = false'}")
    return lines


def _cameras(trigger: CheckedTrigger) -> str:
    if trigger.has_mapped_cameras:
        return "to the cameras that the input names at"
    if not trigger.camera_ids:
        return "without a camera to"
    return f"to {'camera' if len(trigger.camera_ids) == 1 else 'cameras'} {', '.join(trigger.camera_ids)} at"
