"""`securos-trigger check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from securos_trigger.cli.arguments import Command, config_argument, file_type
from securos_trigger.cli.colours import DOUBTFUL, coloured
from securos_trigger.errors.wording import counted

if TYPE_CHECKING:
    from securos_trigger.operations.check import CheckedPipeline, CheckedTrigger, CheckResult

_MOST_NAMED: Final = 8
#: For a script that must stop at a warning.
_STRICT: Final = "\nThe exit code is 0, with --strict 1."


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

    The exit code is 1 where no pipeline can run on this machine, because its video is not there or is none. With
    --metadata no video is needed.
    """
    from securos_trigger.cli.trouble_text import printed, warning_text
    from securos_trigger.operations.check import check_config

    found = check_config(config, metadata)
    for warning in found.warnings:
        click.echo(coloured(warning_text(config, warning), DOUBTFUL, sys.stdout))
    for pipeline in found.pipelines:
        for line in _lines(pipeline):
            click.echo(printed(line))
    for receiver in found.receivers:
        click.echo(printed(f"delivers to {receiver}"))
    stopped = [pipeline.name for pipeline in found.pipelines if not pipeline.can_run]
    is_refused = (is_strict and found.warnings) or (stopped and len(stopped) == len(found.pipelines))
    hint = "" if is_refused or not found.warnings else _STRICT
    click.echo(printed(f"{config}: {_verdict(found, stopped)}{hint}"))
    if is_refused:
        sys.exit(1)


def _verdict(found: CheckResult, stopped: list[str]) -> str:
    """The last line. `stopped`: the pipelines that cannot run on this machine."""
    count = len(found.pipelines)
    if not stopped:
        if found.never_firing:
            return f"ok, but {counted(found.never_firing, 'trigger node')} can never fire: see the warnings"
        return "ok, with warnings" if found.warnings else "ok"
    if len(stopped) == count:
        return "cannot run on this machine: see the warning about each video"
    names = ", ".join(stopped[:_MOST_NAMED]) + (", …" if len(stopped) > _MOST_NAMED else "")
    return f"{len(stopped)} of {count} pipelines cannot run on this machine: {names}"


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
