"""`securos-trigger reload`."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from securos_trigger.cli.arguments import Command, config_argument, json_option
from securos_trigger.cli.colours import BAD, DOUBTFUL, coloured

if TYPE_CHECKING:
    from securos_trigger.operations.reload import ReceiverNow, Reloaded

#: The settings are in force, and a receiver takes no events with them. In `status` 3 and 4 mean something else.
_IN_FORCE_AND_FAILED: Final = 5
_MOST_WARNINGS: Final = 5


@click.command(cls=Command)
@config_argument
@json_option
def reload(config: Path, is_json: bool) -> None:
    """Apply the changed CONFIG to the running service, and say what changed.

    All or nothing: with a mistake in it, or a setting that needs a restart, nothing is changed, and the code is 1.
    Receivers that are reached otherwise, or get events of other cameras, are then examined. Code 5: the change is in
    force, and no event can be delivered to one of them, or not for one of its cameras.
    """
    from securos_trigger.cli.trouble_text import error_in_red, folded
    from securos_trigger.errors.wording import with_config
    from securos_trigger.operations.in_force import text_in_force
    from securos_trigger.operations.reload import receivers_now, reload_service, reload_warnings

    before = text_in_force(config)
    done = reload_service(config)
    warnings = reload_warnings(config, before) if done.is_done else ()
    has_failed = False
    if is_json:
        receivers = list(receivers_now(config, done.receivers))
        has_failed = any(one.has_failed for one in receivers)
        answer = {**done.to_json(), "receivers": [one.to_json() for one in receivers], "warnings": warnings}
        print(json.dumps(answer, indent=2))  # noqa: T201  no terminal in between
    elif done.is_done:
        changes = (with_config(one, shlex.quote(str(config))) for one in done.changes)
        click.echo("\n".join(folded(one, "  ") for one in changes) or "Nothing has changed.")
        _warn(warnings, config)
        for receiver in receivers_now(config, done.receivers):
            _show(receiver, shlex.quote(str(config)))
            has_failed = has_failed or receiver.has_failed
    else:
        text = f"{done.reason}\nNothing was changed{_goes_on(done, config)}"
        click.echo(error_in_red(text, sys.stderr), err=True)
    sys.exit(_IN_FORCE_AND_FAILED if has_failed else int(not done.is_done))


def _goes_on(done: Reloaded, config: Path) -> str:
    """What the service does after a refusal, behind "Nothing was changed"."""
    if done.is_running:
        return ": the service goes on as before."
    if not config.exists():  # of a name that is mistyped no service is known
        return "."
    return f": the service does not run. Start it: `securos-trigger run {shlex.quote(str(config))}`"


def _warn(warnings: Sequence[str], config: Path) -> None:
    """Print what `check` says of the file now: the first warnings, and how many more there are."""
    from securos_trigger.cli.trouble_text import folded, warning_text
    from securos_trigger.errors.wording import counted, with_config

    for one in warnings[:_MOST_WARNINGS]:
        text = warning_text(config, with_config(one, shlex.quote(str(config))))
        click.echo(coloured(text, DOUBTFUL, sys.stdout))
    if len(warnings) > _MOST_WARNINGS:
        more = f"{counted(len(warnings) - _MOST_WARNINGS, 'more warning')}: `securos-trigger check CONFIG` has them."
        click.echo(folded(with_config(more, shlex.quote(str(config))), "  "))


def _show(receiver: ReceiverNow, config: str) -> None:
    """Print what was found: that events can be delivered, else what keeps them and how to fix it."""
    from securos_trigger.cli.trouble_text import folded
    from securos_trigger.errors.wording import with_config

    if not receiver.is_examined:
        click.echo(folded(f"not examined: {receiver.target}: {receiver.failure}", "  "))
    elif not receiver.failure:
        password = "and accepts the password" if receiver.accepts_password else "the password was not tried"
        click.echo(f"ok: {receiver.target} answers, {password}")
    else:
        click.echo(coloured(folded(f"failed: {receiver.target}: {receiver.failure}", "  "), BAD, sys.stdout))
    if receiver.fix:
        click.echo(folded(f"  -> {with_config(receiver.fix, config)}", "     "))
