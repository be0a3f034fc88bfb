"""`securos-trigger mute` and `unmute`."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from securos_trigger.cli.arguments import Argument, Command, config_argument, json_option
from securos_trigger.cli.completions import node_names
from securos_trigger.cli.file_mistake import say_file_mistake
from securos_trigger.errors import ArgumentError
from securos_trigger.errors.program import as_called, program

if TYPE_CHECKING:
    from securos_trigger.operations.mute import ShownMute

_Result = TypeVar("_Result")

#: Units of `--for`; one that stands alone was meant to follow its number.
_UNITS: Final = ("s", "m", "min", "h", "d")
_PLACED = (
    "Placed pipelines: this holds on this machine. Where another one takes such a\n"
    "pipeline over, type the same line there."
)

_names_argument = click.argument(
    "names",
    cls=Argument,
    nargs=-1,
    metavar="NODE...",
    description="Nodes: ID, PIPELINE/ID, PIPELINE or a pattern in quotes.",
    shell_complete=node_names,
)


@click.command(cls=Command)
@config_argument
@_names_argument
@click.option(
    "--for", "length", default="", show_default=False, metavar="TIME", help="How long: 30m, 2h, 1h30m, 3d. At most 7d."
)
@click.option("--reason", default="", show_default=False, metavar="TEXT", help="Why; shown wherever the mute is shown.")
@click.option("--list", "is_list", is_flag=True, help="Show what is muted, instead of muting.")
@json_option
def mute(config: Path, names: tuple[str, ...], length: str, reason: str, is_list: bool, is_json: bool) -> None:
    """Let trigger nodes send no events for a while, also while the service is down."""
    from securos_trigger.operations import mute as operation

    config, names = _meant(config, names)
    if length.isdecimal() and names and names[-1] in _UNITS:
        raise click.UsageError(f"write {length}{names[-1]} together: --for {length}{names[-1]}")
    say_file_mistake(config)
    if is_list:
        if names or length or reason:
            raise click.UsageError("--list stands alone with the configuration: mute CONFIG --list")
        _show(operation.list_mutes(config), is_json=is_json, listed_of=config)
        return
    if not names:
        raise _no_node(["mute", str(config), "yard/line_alarm", "--for", "2h"])
    from securos_trigger.system.user_name import user_name

    _show(_named(lambda: operation.mute(config, names, length, reason, user_name())), is_json=is_json)


@click.command(cls=Command)
@config_argument
@_names_argument
def unmute(config: Path, names: tuple[str, ...]) -> None:
    """End the mutes of trigger nodes."""
    from securos_trigger.operations import mute as operation

    config, names = _meant(config, names)
    say_file_mistake(config)
    if not names:
        muted = [one.node for one in operation.list_mutes(config)]
        raise _no_node(["unmute", str(config), *(muted or ["yard/line_alarm"])])
    ended = _named(lambda: operation.unmute(config, names))
    click.echo(f"No longer muted: {', '.join(ended)}." if ended else "None of these nodes was muted.")
    sys.exit(0 if ended else 1)


def _meant(config: Path, names: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """The configuration file and the nodes, also where the file stands last, as in earlier versions."""
    if names and Path(names[-1]).is_file() and not config.is_file():
        return Path(names[-1]), (str(config), *names[:-1])
    return config, names


def _no_node(example: Sequence[str]) -> click.UsageError:
    return click.UsageError(f"name the nodes after the configuration file: {program()} {shlex.join(example)}")


def _named(ask: Callable[[], _Result]) -> _Result:
    """What the operation gives; an unknown node is reported as the argument that it is."""
    try:
        return ask()
    except ArgumentError as error:
        if error.argument != "node":
            raise
        raise click.BadParameter(str(error), param_hint="NODE") from error


def _show(mutes: Sequence[ShownMute], *, is_json: bool, listed_of: Path | None = None) -> None:
    """Print mutes. `listed_of` is the configuration whose mutes are listed: since when, and how each is ended."""
    if is_json:
        click.echo(json.dumps([mute.to_json() for mute in mutes], indent=2))
        return
    for mute in mutes:
        why = f": {mute.reason}" if mute.reason else ""
        click.echo(f"{mute.node} is muted until {mute.until:%a %d %b %Y, %H:%M %Z}{why}")
        if listed_of is not None:
            from securos_trigger.system.durations import duration_text

            lasts = duration_text(max(0.0, (datetime.now(UTC) - mute.muted_at).total_seconds()))
            command = f"`securos-trigger unmute {shlex.quote(str(listed_of))} {shlex.quote(mute.node)}`"
            by = f", by {mute.person}" if mute.person else ""
            click.echo(f"  since {mute.muted_at:%a %d %b %Y, %H:%M %Z} ({lasts}){by}\n  {as_called(command)} ends that")
    if any(mute.is_placed for mute in mutes):
        click.echo(_PLACED)
    if not mutes:
        click.echo("No node is muted.")
