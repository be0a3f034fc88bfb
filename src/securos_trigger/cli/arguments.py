"""What the commands have in common when they parse: the CONFIG argument, and how a wrong argument is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from securos_trigger.errors import ArgumentError

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="Configuration file (TOML).")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


class Command(TyperCommand):
    """A command that reports an argument which its operation refuses as it reports one that cannot be parsed."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ArgumentError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param_hint=f"--{error.argument}") from error
