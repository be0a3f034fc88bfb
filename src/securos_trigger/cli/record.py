"""`securos-trigger record`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, config_argument, file_type, force_option


@click.command(cls=Command)
@config_argument
@click.option(
    "--out",
    type=file_type(is_file=True),
    metavar="FILE",
    required=True,
    help="File to write; compressed when the name ends in .gz.",
)
@force_option
def record(config: Path, out: Path, is_forced: bool) -> None:
    """Run the sources and analytics nodes of CONFIG and record their metadata, until they end or Ctrl-C.

    Nothing is delivered, and no secret of a trigger node is needed. Of an input the messages are recorded as they come.
    """
    from securos_trigger.cli.logs import log_to_stderr
    from securos_trigger.operations.record import record_metadata

    log_to_stderr(config)
    sys.exit(0 if record_metadata(config, out, is_forced=is_forced).is_complete else 1)
