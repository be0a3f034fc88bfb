"""`securos-trigger deliver`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, config_argument


@click.command(cls=Command)
@config_argument
@click.option("--quiet", "-q", "is_quiet", is_flag=True, help="Log only warnings, errors, the start and the end.")
def deliver(config: Path, is_quiet: bool) -> None:
    """Deliver what gateways relay to a cluster, until Ctrl-C (docs/cluster.md)."""
    from securos_trigger.cli.logs import log_to_stderr
    from securos_trigger.operations.deliver import deliver_until_stopped

    log_to_stderr(config, is_quiet=is_quiet)
    sys.exit(0 if deliver_until_stopped(config) else 1)
