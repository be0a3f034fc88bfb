"""`securos-trigger input`: what is read of messages from other systems."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Argument, file_type
from securos_trigger.cli.groups import Group


@click.group("input", cls=Group)
def input_group() -> None:
    """What is read from messages of other systems."""


@input_group.command("try", short_help="Show how an input reads recorded messages.")
@click.argument(
    "folder",
    cls=Argument,
    type=file_type(),
    metavar="PATH",
    description="Messages with expected.json beside them, or a file that `securos-trigger record` has written.",
)
def try_messages(folder: Path) -> None:
    """Say what an input makes of recorded messages: one line of JSON for each, and why it became no event.

    Where expected.json says what is expected, the differences follow, and the command ends with code 1.
    """
    from securos_trigger.operations.input_try import try_input

    differences: list[str] = []
    for tried in try_input(folder):
        print(json.dumps(tried.line))  # noqa: T201  for programs: no terminal in between
        differences += tried.differences
    for difference in differences:
        print(f"different: {difference}")  # noqa: T201
    if differences:
        sys.exit(1)
