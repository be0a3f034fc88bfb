"""`securos-trigger outbox …`: list, show, retry, move and drop deliveries."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from securos_trigger.cli.arguments import Argument, file_type, json_option, number
from securos_trigger.cli.completions import camera_ids
from securos_trigger.cli.file_mistake import say_file_mistake
from securos_trigger.cli.groups import Group
from securos_trigger.cli.placed_note import say_placed
from securos_trigger.cli.row_options import all_option, chosen_rows, reason_option, short_text, target_option

if TYPE_CHECKING:
    from securos_trigger.operations.outbox import ChangedRows
    from securos_trigger.operations.unserved import MovedRows, MovePlan


def _texts(ctx: click.Context, argument: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(short_text(ctx, argument, value) for value in values)


_words_argument = click.argument(
    "words",
    cls=Argument,
    nargs=-1,
    metavar="[CONFIG] [ID]...",
    callback=_texts,
    description="Configuration file, unless --path is given; then numbers or event ids (8 characters are enough).",
)
_path_option = click.option(
    "--path", type=file_type(is_file=True), metavar="FILE", help="The outbox file, instead of that of CONFIG."
)
_NOT_NOW = "No service runs with this outbox now: that begins when one does."
_NONE = {"dead": "No dead letter"}
_MOVE_STATE_HELP = "Only waiting, dead or relayed (in the cluster). Default: waiting and dead."
_STATE_HELP = "One of waiting, sending, relayed, delivered and dead."


@click.group("outbox", cls=Group)
def outbox_group() -> None:
    """What waits for the VMS, and what could not be delivered."""


@outbox_group.command("list", short_help="List what is not delivered, and why dead letters are dead.")
@click.argument(
    "config", cls=Argument, type=file_type(), required=False, metavar="[CONFIG]", description="Configuration file."
)
@_path_option
@click.option("--state", default="", show_default=False, metavar="STATE", help=_STATE_HELP)
@reason_option
@target_option
@click.option("--limit", type=number(1, 500), metavar="N", default=50, help="Most rows of each state to show.")
@json_option
def list_rows(
    config: Path | None, path: Path | None, state: str, reason: str, target: str, limit: int, is_json: bool
) -> None:
    """List what is not delivered (or one state): ages, attempts, and why dead letters are dead."""
    from datetime import UTC, datetime

    from securos_trigger.cli.outbox_tables import listing_text
    from securos_trigger.operations import outbox

    file, _ = _meant((str(config),) if config else (), path)
    listing = outbox.list_rows(file, state=state, reason=reason, target=target, limit=limit)
    if is_json:
        _print_json(listing.to_json())
    else:
        named = shlex.quote(str(config)) if config else "CONFIG"
        click.echo(listing_text(listing, now=datetime.now(UTC), limit=limit, width=_width(), config=named))


@outbox_group.command()
@_words_argument
@_path_option
@json_option
def show(words: tuple[str, ...], path: Path | None, is_json: bool) -> None:
    """Show everything about some deliveries."""
    from securos_trigger.cli.outbox_tables import rows_text
    from securos_trigger.operations import outbox

    file, ids = _meant(words, path)
    rows = outbox.show_rows(file, ids)
    if is_json:
        _print_json(rows)
    elif rows:
        click.echo(rows_text(rows, width=_width()))
    else:
        click.echo(f"No delivery here has the number or event id {' or '.join(ids)}.")
    sys.exit(0 if rows else 1)


@outbox_group.command(short_help="Put dead letters back, to be sent again.")
@_words_argument
@_path_option
@click.option("--state", default="dead", metavar="STATE", help="dead, or relayed (in the cluster).")
@reason_option
@target_option
@all_option
@click.option(
    "--camera",
    "cameras",
    multiple=True,
    metavar="WRONG=RIGHT",
    help="Only those for camera WRONG (empty: for none), and send them to RIGHT. Repeatable.",
)
@json_option
def retry(
    words: tuple[str, ...],
    path: Path | None,
    state: str,
    reason: str,
    target: str,
    is_everything: bool,
    cameras: tuple[str, ...],
    is_json: bool,
) -> None:
    """Put dead letters back: they are sent again, after what waits already, and their time to expire begins again."""
    from securos_trigger.cli.outbox_tables import left_lines
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations import outbox

    file, ids = _meant(words, path)
    choice = chosen_rows(ids, reason, target, is_everything, _corrections(cameras))
    done = outbox.retry_rows(file, choice, state)
    one = "relayed event" if state == "relayed" else "dead letter"
    sentence = f"{counted(done.changed, one) if done.changed else f'No {one}'} will be sent again."
    place = _place(words, path)
    sentence = sentence if done.changed or done.left else _none_fits(f"No {one}", state or "dead", place)
    later = [_NOT_NOW] if done.changed and not outbox.is_served(file) else []
    _end(done, "\n".join([sentence, *later, *left_lines(done.left, place)]), is_json=is_json)


@outbox_group.command(short_help="Move events to the new address of their receiver.")
@click.argument("config", cls=Argument, type=file_type(), metavar="CONFIG", description="Configuration file.")
@click.argument("old", cls=Argument, callback=short_text, description="The old address, as `list` shows it.")
@click.argument("new", cls=Argument, callback=short_text, description="The address that a node sends to now.")
@click.option("--state", default="", show_default=False, metavar="STATE", help=_MOVE_STATE_HELP)
@_path_option
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be moved, and change nothing.")
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask.")
@json_option
def move(
    config: Path, old: str, new: str, state: str, path: Path | None, is_dry: bool, is_agreed: bool, is_json: bool
) -> None:
    """Move events that were not delivered to the new address of their receiver.

    No node may send to OLD any more, and one must send to NEW. Order, event ids and ages stay.
    """
    from securos_trigger.cli.outbox_tables import moved_text, plan_text
    from securos_trigger.operations import unserved

    say_file_mistake(config)
    if path is None:
        say_placed(config, f"outbox move {shlex.quote(str(config))} {shlex.quote(old)} {shlex.quote(new)} --path PATH")
    plan = unserved.movable_rows(config, old, new, state, path)
    what = plan_text(plan)
    if is_dry or not what:
        sentence = f"{what} would be moved." if what else f"Nothing for {old} fits."
        _end_move(plan if is_dry else unserved.nothing_moved(plan), sentence, bool(what), is_json=is_json)
    if not (is_agreed or click.confirm(f"Move {what} to {new}?", err=True)):
        _end_move(unserved.nothing_moved(plan), "Nothing was moved.", False, is_json=is_json)
    done = unserved.move_rows(config, old, new, state, path)
    _end_move(done, moved_text(done, _place((str(config),), path), new), any(done.moved.values()), is_json=is_json)


@outbox_group.command()
@_words_argument
@_path_option
@click.option("--state", default="dead", metavar="STATE", help=_STATE_HELP)
@reason_option
@target_option
@all_option
@click.option(
    "--camera",
    "cameras",
    multiple=True,
    metavar="CAMERA",
    callback=_texts,
    shell_complete=camera_ids,
    help="Only those for this camera, also if they name others, too (empty: those without a camera). Repeatable.",
)
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask.")
@json_option
def drop(
    words: tuple[str, ...],
    path: Path | None,
    state: str,
    reason: str,
    target: str,
    is_everything: bool,
    cameras: tuple[str, ...],
    is_agreed: bool,
    is_json: bool,
) -> None:
    """Delete deliveries for good."""
    from securos_trigger.cli.outbox_tables import drop_question
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations import outbox

    file, ids = _meant(words, path)
    choice = chosen_rows(ids, reason, target, is_everything, of_cameras=cameras)
    fitting = outbox.droppable_rows(file, state, choice)
    if not fitting.rows:
        _end(
            outbox.ChangedRows(file, 0),
            _none_fits(_NONE.get(state, f"Nothing {state}"), state, _place(words, path)),
            is_json=is_json,
        )
    if not (is_agreed or click.confirm(drop_question(fitting, state), err=True)):
        _end(outbox.ChangedRows(file, 0), "Nothing was dropped.", is_json=is_json)
    done = outbox.drop_rows(file, state, choice)
    sentence = f"{counted(done.changed, 'delivery', 'deliveries')} dropped."
    _end(
        done,
        sentence if done.changed else _none_fits(_NONE.get(state, f"Nothing {state}"), state, _place(words, path)),
        is_json=is_json,
    )


def _meant(words: tuple[str, ...], path: Path | None) -> tuple[Path, tuple[str, ...]]:
    """The outbox file to use, and the ids that were given. `path` counts more than a configuration."""
    if path is not None:
        return path, words[1:] if words and words[0].endswith(".toml") else words
    if not words:
        raise click.BadParameter("name the configuration, or the outbox file with --path", param_hint="CONFIG")
    from securos_trigger.operations.outbox import outbox_of

    say_file_mistake(Path(words[0]))
    say_placed(Path(words[0]), "outbox list --path PATH")
    return outbox_of(Path(words[0])), words[1:]


def _corrections(options: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The wrong and the right camera of each `WRONG=RIGHT`; the wrong one is empty for events without a camera."""
    pairs = []
    for option in options:
        wrong, equals, right = (part.strip() for part in option.partition("="))
        if not equals:
            raise click.BadParameter(f'write WRONG=RIGHT, such as 9=1, not "{option}"', param_hint="--camera")
        pairs.append((wrong, right))
    return tuple(pairs)


def _place(words: tuple[str, ...], path: Path | None) -> str:
    """How the outbox to use is named in another command, as a shell needs it."""
    return shlex.quote(words[0]) if path is None else f"--path {shlex.quote(str(path))}"


def _none_fits(what: str, state: str, place: str) -> str:
    from securos_trigger.cli.trouble_text import folded

    return folded(f"{what} fits. `securos-trigger outbox list {place} --state {state}` shows all.", "  ")


def _end(done: ChangedRows, sentence: str, *, is_json: bool) -> NoReturn:
    """Print how it ended and end the command: with 1 when nothing was changed."""
    if is_json:
        _print_json(done.to_json())
    else:
        click.echo(sentence)
    sys.exit(0 if done.changed else 1)


def _end_move(found: MovePlan | MovedRows, sentence: str, is_done: bool, *, is_json: bool) -> NoReturn:
    """Print what a move would do or has done, and end the command: with 1 when nothing was to be moved."""
    if is_json:
        _print_json(found.to_json())
    else:
        click.echo(sentence)
    sys.exit(0 if is_done else 1)


def _width() -> int:
    """The width of the terminal, or 80 when there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2))  # noqa: T201  for programs: no terminal in between
