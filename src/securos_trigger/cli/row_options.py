"""The options that choose deliveries or dead letters: by number or event id, reason, receiver, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from securos_trigger.errors import ArgumentError

if TYPE_CHECKING:
    from securos_trigger.operations.outbox import RowChoice

#: A reason, a target or an id is no longer than the outbox's owner accepts.
_MAX_CHARACTERS = 1000


def short_text(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    """Refuse what no reason and no target can hold, and what is longer than an owner accepts."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise click.BadParameter("it is not UTF-8 text") from None
    if len(value) > _MAX_CHARACTERS:
        raise click.BadParameter(f"it is longer than {_MAX_CHARACTERS:,} characters")
    return value


reason_option = click.option(
    "--reason",
    default="",
    show_default=False,
    metavar="TEXT",
    callback=short_text,
    help="Only those with this text in their reason.",
)
target_option = click.option(
    "--target",
    default="",
    show_default=False,
    metavar="TEXT",
    callback=short_text,
    help="Only those for this receiver, as `list` shows it.",
)
all_option = click.option("--all", "is_everything", is_flag=True, help="All of them.")


def chosen_rows(
    ids: tuple[str, ...],
    reason: str,
    target: str,
    is_everything: bool,
    cameras: tuple[tuple[str, str], ...] | None = None,
    of_cameras: tuple[str, ...] | None = None,
) -> RowChoice:
    """The rows that the options choose; what is wrong with them in the words of the options.

    `cameras` and `of_cameras` are None where the command has no such option.
    """
    from securos_trigger.operations.outbox import RowChoice

    try:
        return RowChoice(ids, reason, target, is_everything, cameras or (), of_cameras=of_cameras or ())
    except ArgumentError as error:
        options = "--reason or --target" if cameras is None and of_cameras is None else "--reason, --target or --camera"
        how_to_choose = {
            "ids": ("ID", f"say which: by number or event id, with {options}, or --all"),
            "is_everything": ("--all", "--all stands alone: leave the numbers, --reason and --target out"),
        }
        option, what = how_to_choose.get(error.argument, ("--camera", str(error)))
        raise click.BadParameter(what, param_hint=option) from error
