"""`securos-trigger run`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, config_argument


@click.command(cls=Command)
@config_argument
@click.option("--quiet", "-q", "is_quiet", is_flag=True, help="Log only warnings, errors, the start and the end.")
@click.option("--console", "has_console", is_flag=True, help="Serve the console in a browser, too.")
def run(config: Path, is_quiet: bool, has_console: bool) -> None:
    """Run all pipelines of CONFIG until their sources end or Ctrl-C."""
    from securos_trigger.cli.file_mistake import refuse_second_run, say_outbox_taken
    from securos_trigger.cli.logs import log_to_stderr
    from securos_trigger.operations.run import run_pipelines

    log_to_stderr(config, is_quiet=is_quiet)
    refuse_second_run(config)
    say_outbox_taken(config)  # before what it needs is loaded: that takes seconds
    sys.exit(0 if run_pipelines(config, has_console=has_console) else 1)
