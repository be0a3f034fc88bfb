"""What the commands have in common when they parse: arguments with a help text, and CONFIG and --force themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from securos_trigger.errors import ArgumentError


class Argument(click.Argument):
    """An argument that the help describes as it describes an option."""

    def __init__(self, declarations: Sequence[str], *, description: str, **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.description = description


class Command(click.Command):
    """A command whose help lists its arguments, and that reports an argument which its operation refuses as its own."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ArgumentError as error:
            raise click.BadParameter(str(error), ctx=ctx, param_hint=self._hint(ctx, error.argument)) from error

    def _hint(self, ctx: click.Context, name: str) -> str:
        """What a person has typed: FOLDER for an argument, --node for an option."""
        argument = next((one for one in self.params if isinstance(one, click.Argument) and one.name == name), None)
        return f"--{name.replace('_', '-')}" if argument is None else argument.make_metavar(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; a mistake says which command's it is."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the arguments, then the options."""
        arguments = [(one.make_metavar(ctx), one.description) for one in self.params if isinstance(one, Argument)]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        super().format_options(ctx, formatter)


def number(least: float, most: float) -> Callable[[Any], float]:
    """The type of a number from `least` to `most`: a whole one where both are."""
    kind = int if isinstance(least, int) and isinstance(most, int) else float

    def read(value: Any) -> float:
        try:
            found = kind(value)
        except ValueError:
            raise click.BadParameter(f'"{value}" is not a {"whole " if kind is int else ""}number') from None
        if not least <= found <= most:  # so that nan is refused, too
            raise click.BadParameter(f"{value} is not from {least:,g} to {most:,g}")
        return found

    return read


class _FilePath(click.Path):
    """A path that a person can have meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what names nothing, and what no terminal can show."""
        text = str(value)
        if not text.strip():
            self.fail("it is empty, and names nothing", param, ctx)
        if any(character < " " or character == "\x7f" for character in text):
            self.fail("it has a control character", param, ctx)
        return super().convert(value, param, ctx)


def file_type(*, is_file: bool = False, is_folder: bool = False) -> click.Path:
    """A path. `is_file`: an existing folder is refused; `is_folder`: an existing file is."""
    return _FilePath(path_type=Path, dir_okay=not is_file, file_okay=not is_folder)


def words_of(option: str, text: str) -> tuple[str, ...]:
    """The words between the commas of an option. A usage error where they have control characters."""
    if not text.isprintable():
        raise click.BadParameter("it has a control character", param_hint=option)
    return tuple(word.strip() for word in text.split(",") if word.strip())


config_argument = click.argument(
    "config", cls=Argument, type=file_type(), metavar="CONFIG", description="Configuration file (TOML)."
)
force_option = click.option("--force", "is_forced", is_flag=True, help="Replace an existing file.")
json_option = click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
