"""Groups of commands: each command's module is imported when it runs, and the help lists them under headings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import click

from securos_trigger.cli.arguments import Command
from securos_trigger.errors.program import program

#: Words that other programs have for a command of this one.
_SAME: Final = MappingProxyType(
    {
        **dict.fromkeys(("start", "serve", "up", "launch", "daemon"), "run"),
        **dict.fromkeys(("validate", "verify", "lint", "test"), "check"),
        **dict.fromkeys(("restart", "refresh"), "reload"),
        **dict.fromkeys(("diagnose", "health", "diag"), "doctor"),
        **dict.fromkeys(("setup", "new", "configure"), "init"),
        **dict.fromkeys(("ls", "show"), "list"),
        **dict.fromkeys(("why", "history"), "explain"),
        **dict.fromkeys(("remove", "rm", "delete"), "drop"),
        **dict.fromkeys(("silence", "pause"), "mute"),
        **dict.fromkeys(("unsilence", "resume"), "unmute"),
        **dict.fromkeys(("ui", "web", "gui"), "console"),
    }
)
#: The commands to show before a CONFIG that stands without one, where the group has them.
_BEFORE_CONFIG: Final = ("run", "list")


def takes_config(command: click.Command | None) -> bool:
    """Whether the command has a CONFIG among its arguments."""
    return command is not None and any("CONFIG" in (one.metavar or "") for one in command.params)


def command_path(ctx: click.Context) -> str:
    """The command of this context as a person types it: `securos-trigger outbox list`."""
    return program() + ctx.command_path.removeprefix(ctx.find_root().command_path)


class Entry(NamedTuple):
    """The module of `securos_trigger.cli` and the attribute in it that define a command, and its line in the help."""

    module: str
    attribute: str
    help: str


class Group(click.Group):
    """A group of commands. `sections` has those that are imported when they run: by heading, then by name."""

    command_class = Command

    def __init__(self, *, sections: Mapping[str, Mapping[str, Entry]] | None = None, **settings: Any) -> None:
        super().__init__(no_args_is_help=True, **settings)
        self.sections = dict(sections or {})
        self.entries = {name: entry for section in self.sections.values() for name, entry in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the help."""
        return [*self.entries, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with this name, imported now; None when there is none."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        command = getattr(import_module(f"securos_trigger.cli.{entry.module}"), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begins with. UsageError: there is none, with the one that was probably meant."""
        name = args[0]
        if name == "help":  # as in `git help status`
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
            return self.resolve_command(ctx, [*args[1:], "--help"])
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(f'There is no command "{name}".{self._hint(name, ctx)}', ctx)
        return super().resolve_command(ctx, args)

    def _hint(self, name: str, ctx: click.Context) -> str:
        """The command that was probably meant, with a space before it; empty where none is near."""
        known = self.list_commands(ctx)
        takers = (one for one in (*_BEFORE_CONFIG, *known) if takes_config(self.get_command(ctx, one)))
        if name.endswith(".toml") and (example := next(takers, "")):
            return f" CONFIG comes after a command, as in: {command_path(ctx)} {example} {name}"
        if (meant := _SAME.get(name.lower())) not in known:
            from difflib import get_close_matches

            meant = next(iter(get_close_matches(name, known, n=1)), None)
        if meant is not None:
            return f' Did you mean "{meant}"?'
        return "" if self.sections else f" Known: {', '.join(known)}."

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the last line: `--help` of a program that is not on PATH names it as it was called."""
        epilog = self.epilog
        self.epilog = epilog and epilog.replace(": securos-trigger ", f": {program()} ")
        super().format_epilog(ctx, formatter)
        self.epilog = epilog

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their lines, without importing those of `sections`."""
        for heading, section in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name, entry.help) for name, entry in section.items()])
        if self.commands:
            with formatter.section("Commands"):
                formatter.write_dl([(name, command.get_short_help_str(200)) for name, command in self.commands.items()])
