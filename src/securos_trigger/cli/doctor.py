"""`securos-trigger doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from securos_trigger.cli.arguments import Command, config_argument
from securos_trigger.cli.colours import BAD, DOUBTFUL, coloured

if TYPE_CHECKING:
    from securos_trigger.doctor import Finding


@click.command(cls=Command)
@config_argument
@click.option(
    "--send-test-event", "sends_test_event", is_flag=True, help="Send each receiver one event that says it is a test."
)
def doctor(config: Path, sends_test_event: bool) -> None:
    """Look at everything between this machine and the receivers of CONFIG, and say what to do."""
    from securos_trigger.doctor import Status
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations.doctor import examine

    colours = {Status.FAILED: BAD, Status.WARNING: DOUBTFUL}
    is_first = True

    def show(found: str | Finding) -> None:
        nonlocal is_first
        if isinstance(found, str):
            click.echo(found if is_first else f"\n{found}")
        else:
            colour = colours.get(found.status)
            click.echo(coloured(str(found), colour, sys.stdout) if colour else str(found))
        is_first = False

    examination = examine(config, sends_test_event=sends_test_event, on_found=show)
    counts = examination.counts
    warnings = counted(counts[Status.WARNING], "warning")
    click.echo(f"\n{counts[Status.FAILED]} failed, {warnings}, {counts[Status.OK]} ok")
    sys.exit(1 if examination.has_failed else 0)
