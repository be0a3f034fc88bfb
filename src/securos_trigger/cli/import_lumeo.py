"""`securos-trigger import …`: configurations from other systems."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Argument, file_type, force_option
from securos_trigger.cli.groups import Group
from securos_trigger.errors.program import program


@click.group("import", cls=Group)
def import_group() -> None:
    """Write a configuration from another system's pipeline."""


@import_group.command(short_help="Write a configuration from a pipeline of Lumeo.")
@click.argument(
    "pipeline",
    cls=Argument,
    type=file_type(),
    metavar="PIPELINE.json",
    description="The pipeline as Lumeo gives it: a list of nodes.",
)
@click.option("--deployment", type=file_type(), metavar="FILE", help="A deployment: properties by node, as JSON.")
@click.option(
    "--output", type=file_type(is_file=True), metavar="FILE", help="The configuration to write. Default: PIPELINE.toml."
)
@force_option
def lumeo(pipeline: Path, deployment: Path | None, output: Path | None, is_forced: bool) -> None:
    """Write a commented configuration from a pipeline of Lumeo (docs/lumeo.md)."""
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations.import_lumeo import import_lumeo

    config = output or Path(pipeline.with_suffix(".toml").name)
    done = import_lumeo(pipeline, config, deployment=deployment, is_forced=is_forced)
    click.echo(f"Wrote {', '.join(map(str, (done.config, *done.files)))}.")
    for heading, sentences in (
        ("Not carried over, or changed:", done.remarks),
        ("Worth a look:", done.warnings),
        (f"Still missing ({counted(len(done.missing), 'mistake')}):", done.missing),
    ):
        if sentences:
            click.echo(f"\n{heading}")
            for sentence in sentences:
                click.echo(f"  {sentence.replace(chr(10), chr(10) + '  ')}")
    click.echo(f"\n{'Fix these, then run' if done.missing else 'Next'}: {program()} check {config}")
    sys.exit(1 if done.missing else 0)
