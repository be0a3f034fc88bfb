"""Says first that the service runs without the configuration file (a mistake in it, or another file), or runs now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from securos_trigger.operations.trouble import Trouble


def say_file_mistake(config: Path) -> None:
    """Print it to standard error, where a service runs with a file that has a mistake now, or with another file."""
    from securos_trigger.operations.status import said_first

    _say(said_first(config))


def say_outbox_taken(config: Path) -> None:
    """Print to standard error which process has the outbox of a file that is about to run, and what to do."""
    from securos_trigger.operations.status import outbox_taken

    _say(outbox_taken(config))


def refuse_second_run(config: Path) -> None:
    """End the command with code 2 where a service runs with this file already, and has another outbox."""
    from securos_trigger.operations.status import runs_elsewhere

    if (trouble := runs_elsewhere(config)) is not None:
        _say(trouble)
        sys.exit(2)


def _say(trouble: Trouble | None) -> None:
    if trouble is not None:
        from securos_trigger.cli.trouble_text import lines_of

        click.echo("\n".join([*lines_of(trouble), ""]), err=True)
