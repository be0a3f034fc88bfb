"""`securos-trigger reload`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from securos_trigger.cli.arguments import Command, config_argument, json_option
from securos_trigger.cli.colours import BAD, coloured

if TYPE_CHECKING:
    from securos_trigger.operations.reload import ReceiverNow


@click.command(cls=Command)
@config_argument
@json_option
def reload(config: Path, is_json: bool) -> None:
    """Apply the changed CONFIG to the running service, and say what changed.

    All or nothing: with a mistake in it, or a setting that needs a restart, nothing is changed, and the code is 1.
    Receivers that are reached otherwise, or get events of other cameras, are then examined; the code is 0 whatever
    that finds, because the change is in force. --json has it for scripts, and `status` has a code for it.
    """
    from securos_trigger.cli.trouble_text import error_text, folded
    from securos_trigger.operations.reload import receivers_now, reload_service

    done = reload_service(config)
    if is_json:
        receivers = [one.to_json() for one in receivers_now(config, done.receivers)]
        print(json.dumps({**done.to_json(), "receivers": receivers}, indent=2))  # noqa: T201  no terminal in between
    elif done.is_done:
        click.echo("\n".join(folded(one, "  ") for one in done.changes) or "Nothing has changed.")
        for receiver in receivers_now(config, done.receivers):
            _show(receiver, shlex.quote(str(config)))
    else:
        start = f"Start it: `securos-trigger run {shlex.quote(str(config))}`"
        goes_on = "the service goes on as before." if done.is_running else f"the service does not run. {start}"
        click.echo(error_text(f"{done.reason}\nNothing was changed: {goes_on}"), err=True)
    sys.exit(0 if done.is_done else 1)


def _show(receiver: ReceiverNow, config: str) -> None:
    """Print what was found: that events can be delivered, else what keeps them and how to fix it."""
    from securos_trigger.cli.trouble_text import folded
    from securos_trigger.errors.wording import with_config

    if not receiver.failure:
        password = "and accepts the password" if receiver.accepts_password else "the password was not tried"
        click.echo(f"ok: {receiver.target} answers, {password}")
        return
    click.echo(coloured(folded(f"failed: {receiver.target}: {receiver.failure}", "  "), BAD, sys.stdout))
    if receiver.fix:
        click.echo(folded(f"  -> {with_config(receiver.fix, config)}", "     "))
