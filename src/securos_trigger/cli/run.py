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
    from securos_trigger.operations.run import run_pipelines

    log_to_stderr(logging.WARNING if is_quiet else logging.INFO)
    sys.exit(0 if run_pipelines(config) else 1)
