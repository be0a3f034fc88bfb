"""`securos-trigger doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from securos_trigger.cli.arguments import Command, config_argument
from securos_trigger.cli.colours import BAD, DOUBTFUL, coloured

if TYPE_CHECKING:
    from securos_trigger.operations.doctor import Finding


@click.command(cls=Command)
@config_argument
@click.option(
    "--send-test-event", "sends_test_event", is_flag=True, help="Send each receiver one event that says it is a test."
)
def doctor(config: Path, sends_test_event: bool) -> None:
    """Look at everything between this machine and the receivers of CONFIG, and say what to do."""
    from securos_trigger.cli.trouble_text import finding_text
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations.doctor_deliver import examine_either

    colours = {"failed": BAD, "warning": DOUBTFUL}
    is_first = True

    def show(line: str | Finding) -> None:
        nonlocal is_first
        if isinstance(line, str):
            click.echo(line if is_first else f"\n{line}")
        else:
            colour = colours.get(line.status.value)
            text = finding_text(line)
            click.echo(coloured(text, colour, sys.stdout) if colour else text)
        is_first = False

    examination = examine_either(config, sends_test_event=sends_test_event, on_line=show)
    counts = examination.counts
    warnings = counted(counts["warning"], "warning")
    click.echo(f"\n{counts['failed']} failed, {warnings}, {counts['ok']} ok")
    sys.exit(1 if examination.has_failed else 0)
