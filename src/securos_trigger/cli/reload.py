"""`securos-trigger reload`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, config_argument, json_option


@click.command(cls=Command)
@config_argument
@json_option
def reload(config: Path, is_json: bool) -> None:
    """Apply the changed CONFIG to the running service, and say what changed.

    All or nothing: with a mistake in it, or a setting that needs a restart, nothing is changed, and the code is 1.
    """
    from securos_trigger.operations.reload import reload_service

    done = reload_service(config)
    if is_json:
        print(json.dumps(done.to_json(), indent=2))  # noqa: T201  for programs: no terminal in between
    elif done.is_done:
        for change in done.changes or ("Nothing has changed.",):
            click.echo(change)
    else:
        start = f"Start it: securos-trigger run {shlex.quote(str(config))}"
        goes_on = "the service goes on as before." if done.is_running else f"the service does not run. {start}"
        click.echo(f"{done.reason}\nNothing was changed: {goes_on}", err=True)
    sys.exit(0 if done.is_done else 1)
