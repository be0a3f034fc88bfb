"""`securos-trigger input`: what is read of messages from other systems."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from securos_trigger.cli.arguments import Command

input_app = typer.Typer(help="What is read of messages from other systems.", no_args_is_help=True)

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Messages, and expected.json beside them.")]


@input_app.command("try", cls=Command)
def try_messages(folder: FolderArgument) -> None:
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
