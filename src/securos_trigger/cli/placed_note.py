"""Says where the events of placed pipelines are: not in the outbox that the configuration file names."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


def say_placed(config: Path, command: str) -> None:
    """Print to standard error the line to type for each placed pipeline of the file on this machine, if there are any.

    `command` is the line without `securos-trigger`, and has PATH where the outbox file stands. MissingPartError, with
    the same text: the outbox that the file names is not there.
    """
    from securos_trigger.operations.placed_here import placed_outboxes

    if not (found := placed_outboxes(config)):
        return
    from securos_trigger.errors import MissingPartError
    from securos_trigger.errors.program import as_called
    from securos_trigger.operations.outbox import outbox_of

    lines = [
        "The pipelines of this file are placed: each has an outbox of its own here.",
        *(
            as_called(f"  {name}: `securos-trigger {command.replace('PATH', shlex.quote(str(path)))}`")
            for name, path in found
        ),
    ]
    if not outbox_of(config).is_file():
        raise MissingPartError("\n".join(lines))
    click.echo("\n".join([*lines, f"What follows is of {outbox_of(config)}.", ""]), err=True)
