"""`securos-trigger outbox …`: list, show, retry and drop deliveries."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from securos_trigger.cli.arguments import Command
from securos_trigger.errors import ArgumentError

if TYPE_CHECKING:
    from securos_trigger.operations.outbox import ChangedRows, RowChoice

outbox_app = typer.Typer(help="What waits for the VMS, and what could not be delivered.", no_args_is_help=True)

#: A reason, a target or an id is no longer than the outbox's owner accepts.
_MAX_CHARACTERS = 1000
#: How the options are to be combined, by the argument of the operation that says they are not.
_HOW_TO_CHOOSE = {
    "ids": ("ID", "say which: by number or event id, with --reason TEXT or --target TEXT, or --all"),
    "is_everything": ("--all", "--all stands alone: leave the numbers, --reason and --target out"),
}


def _text(value: str) -> str:
    """Refuse what no reason and no target can hold, and what is longer than an owner accepts."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise typer.BadParameter("it is not UTF-8 text") from None
    if len(value) > _MAX_CHARACTERS:
        raise typer.BadParameter(f"it is longer than {_MAX_CHARACTERS:,} characters")
    return value


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
    str, typer.Option(help="Only those with this text in their reason.", metavar="TEXT", callback=_text)
]
TargetOption = Annotated[
    str, typer.Option(help="Only those for this receiver, as `list` shows it.", metavar="TEXT", callback=_text)
]
AllOption = Annotated[bool, typer.Option("--all", help="All of them.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@outbox_app.command("list", cls=Command)
def list_rows(
    config: Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="Configuration file.")] = None,
    path: PathOption = None,
    state: StateOption = "",
    reason: ReasonOption = "",
    target: TargetOption = "",
    limit: Annotated[int, typer.Option(help="The most rows of a state that are shown.", min=1, max=500)] = 50,
    is_json: JsonOption = False,
) -> None:
    """List what is not delivered (or one state): ages, attempts, and why dead letters are dead."""
    from datetime import UTC, datetime

    from securos_trigger.cli.outbox_tables import new_console, show_listing
    from securos_trigger.operations import outbox

    file, _ = _meant([str(config)] if config else [], path)
    listing = outbox.list_rows(file, state=state, reason=reason, target=target, limit=limit)
    if is_json:
        _print_json(listing.to_json())
    else:
        show_listing(new_console(), listing, now=datetime.now(UTC), limit=limit)


@outbox_app.command(cls=Command)
def show(words: ConfigAndIds = None, path: PathOption = None, is_json: JsonOption = False) -> None:
    """Show everything about some deliveries."""
    from securos_trigger.cli.outbox_tables import new_console, show_rows
    from securos_trigger.operations import outbox

    file, ids = _meant(words, path)
    rows = outbox.show_rows(file, ids)
    if is_json:
        _print_json(rows)
    elif rows:
        show_rows(new_console(), rows)
    else:
        typer.echo(f"No delivery here has the number or event id {' or '.join(ids)}.")
    sys.exit(0 if rows else 1)


@outbox_app.command(cls=Command)
def retry(
    words: ConfigAndIds = None,
    path: PathOption = None,
    reason: ReasonOption = "",
    target: TargetOption = "",
    is_everything: AllOption = False,
    is_json: JsonOption = False,
) -> None:
    """Put dead letters back: they are sent again, after what waits already, and have their time to expire anew."""
    from securos_trigger.operations import outbox
    from securos_trigger.plurals import counted

    file, ids = _meant(words, path)
    done = outbox.retry_rows(file, _choice(ids, reason, target, is_everything))
    sentence = f"{counted(done.changed, 'dead letter')} will be sent again."
    _end(done, sentence if done.changed else "No dead letter fits.", is_json=is_json)


@outbox_app.command(cls=Command)
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
    from securos_trigger.operations import outbox
    from securos_trigger.plurals import counted

    file, ids = _meant(words, path)
    choice = _choice(ids, reason, target, is_everything)
    fitting = outbox.droppable_rows(file, state, choice)
    if not fitting.rows:
        _end(outbox.ChangedRows(file, 0), f"Nothing {state} fits.", is_json=is_json)
    count = f"more than {len(fitting.rows)}" if fitting.is_more else str(len(fitting.rows))
    question = f"Throw away {count} {state} for good? They will never reach the VMS."
    if not (is_agreed or typer.confirm(question, err=True)):
        _end(outbox.ChangedRows(file, 0), "Nothing was dropped.", is_json=is_json)
    done = outbox.drop_rows(file, state, choice)
    sentence = f"{counted(done.changed, 'delivery', 'deliveries')} dropped."
    _end(done, sentence if done.changed else f"Nothing {state} fits.", is_json=is_json)


def _meant(words: list[str] | None, path: Path | None) -> tuple[Path, tuple[str, ...]]:
    """The outbox file that is meant, and the ids that were given."""
    words = [_text(word) for word in words or ()]
    if path is not None:
        return path, tuple(words)
    if not words:
        raise typer.BadParameter("name the configuration, or the outbox file with --path", param_hint="CONFIG")
    from securos_trigger.operations.outbox import outbox_of

    return outbox_of(Path(words[0])), tuple(words[1:])


def _choice(ids: tuple[str, ...], reason: str, target: str, is_everything: bool) -> RowChoice:
    """The rows that the options choose; what is wrong with them in the words of the options."""
    from securos_trigger.operations.outbox import RowChoice

    try:
        return RowChoice(ids, reason, target, is_everything)
    except ArgumentError as error:
        option, what = _HOW_TO_CHOOSE[error.argument]
        raise typer.BadParameter(what, param_hint=option) from error


def _end(done: ChangedRows, sentence: str, *, is_json: bool) -> NoReturn:
    """Print how it ended and end the command: with 1 when nothing was changed."""
    if is_json:
        _print_json(done.to_json())
    else:
        typer.echo(sentence)
    sys.exit(0 if done.changed else 1)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2))  # noqa: T201  for programs: no terminal in between
