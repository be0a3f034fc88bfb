"""`securos-trigger run`."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from securos_trigger.cli.arguments import ConfigArgument


def run(
    config: ConfigArgument,
    is_quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log only warnings and errors.")] = False,
) -> None:
    """Run all pipelines of CONFIG until their sources end or Ctrl-C."""
    from securos_trigger.cli.logs import log_to_stderr
    from securos_trigger.config.reader import read_config
    from securos_trigger.runtime.run import run_until_stopped

    log_to_stderr(logging.WARNING if is_quiet else logging.INFO)
    sys.exit(run_until_stopped(read_config(config)))
