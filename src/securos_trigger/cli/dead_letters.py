"""`securos-trigger dead-letters …`: what `deliver` has given up, in the cluster."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Argument, config_argument, json_option
from securos_trigger.cli.file_mistake import say_file_mistake
from securos_trigger.cli.groups import Group
from securos_trigger.cli.row_options import all_option, chosen_rows, reason_option, target_option

_ids_argument = click.argument(
    "ids", cls=Argument, nargs=-1, metavar="[ID]...", description="Numbers or event ids (8 characters are enough)."
)


@click.group("dead-letters", cls=Group)
def dead_letters_group() -> None:
    """What `deliver` has given up, in the cluster. CONFIG is its configuration (docs/cluster.md)."""


@dead_letters_group.command("list")
@config_argument
@reason_option
@target_option
@json_option
def list_letters(config: Path, reason: str, target: str, is_json: bool) -> None:
    """List the dead letters, the oldest first, also those of gateways that are gone."""
    from securos_trigger.operations import dead_letters

    say_file_mistake(config)
    is_everything = not (reason or target)
    choice = chosen_rows((), reason, target, is_everything)
    found = [dead_letters.letter_json(one) for one in dead_letters.chosen_letters(config, choice)]
    if is_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        event = f"{one['name']} of {one['gateway']} for {one['target']}" if "name" in one else "a message"
        click.echo(f"{one['number']}  {one['died_at']}  {event}: {one['reason']}")
    if not found:
        click.echo("There is no dead letter that fits.")


@dead_letters_group.command()
@config_argument
@_ids_argument
def show(config: Path, ids: tuple[str, ...]) -> None:
    """Show everything about some dead letters, as JSON."""
    from securos_trigger.operations import dead_letters

    say_file_mistake(config)
    found = dead_letters.chosen_letters(config, chosen_rows(ids, "", "", is_everything=False))
    click.echo(json.dumps([dead_letters.letter_json(one) for one in found], indent=2))
    sys.exit(0 if found else 1)


@dead_letters_group.command()
@config_argument
@_ids_argument
@reason_option
@target_option
@all_option
def retry(config: Path, ids: tuple[str, ...], reason: str, target: str, is_everything: bool) -> None:
    """Send events again, after what waits already. Where the gateway is there, `outbox retry` there does it too."""
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations import dead_letters

    say_file_mistake(config)
    letters = dead_letters.chosen_letters(config, chosen_rows(ids, reason, target, is_everything))
    count = dead_letters.retry_letters(config, letters)
    click.echo(f"{counted(count, 'dead letter')} will be sent again.")
    sys.exit(0 if count else 1)


@dead_letters_group.command()
@config_argument
@_ids_argument
@reason_option
@target_option
@all_option
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask.")
def drop(config: Path, ids: tuple[str, ...], reason: str, target: str, is_everything: bool, is_agreed: bool) -> None:
    """Delete dead letters in the cluster for good."""
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations import dead_letters

    say_file_mistake(config)
    letters = dead_letters.chosen_letters(config, chosen_rows(ids, reason, target, is_everything))
    what = counted(len(letters), "dead letter")
    if not letters or not (is_agreed or click.confirm(f"Drop {what} for good?", err=True)):
        click.echo("Nothing was dropped.")
        sys.exit(1)
    click.echo(f"{counted(dead_letters.drop_letters(config, letters), 'dead letter')} dropped.")
