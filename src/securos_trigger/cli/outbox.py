"""The `outbox` group of the command line. It imports nothing heavy; `outbox_commands` does the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from securos_trigger.cli.outbox_commands import OutboxCommands

outbox_app = typer.Typer(help="What waits for the VMS, and what could not be delivered.", no_args_is_help=True)


def _is_text(value: str) -> str:
    """Refuse what no reason and no target can hold, and what is longer than an owner lets itself be asked for."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise typer.BadParameter("it is not UTF-8 text") from None
    if len(value) > _LONGEST_CHARACTERS:
        raise typer.BadParameter(f"it is longer than {_LONGEST_CHARACTERS:,} characters")
    return value


_LONGEST_CHARACTERS = 1000
ConfigAndIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CONFIG] [ID]...",
        help="Configuration file, unless --path is given; then numbers or event ids (8 characters are enough).",
    ),
]
PathOption = Annotated[Path | None, typer.Option("--path", metavar="FILE", help="The outbox file, instead of CONFIG.")]
StateOption = Annotated[str, typer.Option(metavar="waiting|sending|delivered|dead", help="The state that is meant.")]
ReasonOption = Annotated[
    str, typer.Option(help="Only those with this text in their reason.", metavar="TEXT", callback=_is_text)
]
TargetOption = Annotated[
    str, typer.Option(help="Only those for this receiver, as `list` shows it.", metavar="TEXT", callback=_is_text)
]
AllOption = Annotated[bool, typer.Option("--all", help="All of them.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@outbox_app.command("list")
def list_rows(
    config: Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="Configuration file.")] = None,
    path: PathOption = None,
    state: StateOption = "",
    reason: ReasonOption = "",
    target: TargetOption = "",
    limit: Annotated[int, typer.Option(help="At most so many of a state.", min=1, max=500)] = 50,
    is_json: JsonOption = False,
) -> None:
    """List what is not delivered (or one state): ages, attempts, and why dead letters are dead."""
    commands, _ = _meant([str(config)] if config else [], path, is_json)
    commands.list_rows(state, reason=reason, target=target, limit=limit)


@outbox_app.command()
def show(words: ConfigAndIds = None, path: PathOption = None, is_json: JsonOption = False) -> None:
    """Show everything about some deliveries."""
    commands, ids = _meant(words, path, is_json)
    sys.exit(commands.show(ids))


@outbox_app.command()
def retry(
    words: ConfigAndIds = None,
    path: PathOption = None,
    reason: ReasonOption = "",
    target: TargetOption = "",
    is_everything: AllOption = False,
    is_json: JsonOption = False,
) -> None:
    """Put dead letters back: they are sent again, after what waits already, and have their time to expire anew."""
    from securos_trigger.cli.outbox_commands import Chosen

    commands, ids = _meant(words, path, is_json)
    sys.exit(commands.retry(Chosen(ids, reason, target, is_everything)))


@outbox_app.command()
def drop(
    words: ConfigAndIds = None,
    path: PathOption = None,
    state: StateOption = "dead",
    reason: ReasonOption = "",
    target: TargetOption = "",
    is_everything: AllOption = False,
    is_agreed: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    is_json: JsonOption = False,
) -> None:
    """Throw deliveries away for good."""
    from securos_trigger.cli.outbox_commands import Chosen

    commands, ids = _meant(words, path, is_json)

    def agrees(question: str) -> bool:
        return is_agreed or typer.confirm(question, err=True)

    sys.exit(commands.drop(state, Chosen(ids, reason, target, is_everything), agrees=agrees))


def _meant(words: list[str] | None, path: Path | None, is_json: bool) -> tuple[OutboxCommands, tuple[str, ...]]:
    """The outbox that is meant, and the ids that were given."""
    from rich.console import Console

    from securos_trigger.cli.outbox_commands import OutboxCommands, now
    from securos_trigger.config.reader import read_config

    words = [_is_text(word) for word in words or ()]
    if path is None:
        if not words:
            raise typer.BadParameter("name the configuration, or the outbox file with --path", param_hint="CONFIG")
        path, words = read_config(words[0], has_secrets=False).outbox.path, words[1:]
    return OutboxCommands(path, Console(markup=False, highlight=False, emoji=False), is_json=is_json, now=now), tuple(
        words
    )
