"""What is wrong with a command line, as one sentence, and the command that shows how it is used."""

from __future__ import annotations

import re
import shlex
from typing import Final

import click

from securos_trigger.cli.arguments import Argument
from securos_trigger.cli.groups import command_path, takes_config
from securos_trigger.errors.program import program

_CONFIG_OPTIONS: Final = ("--config", "--conf", "--cfg", "--config-file", "--file", "-c", "-f")
#: How click ends a sentence about a file that this user has no right to read.
_NOT_READABLE: Final = " is not readable."
_RIGHTS: Final = "Run the command as its owner, or give this user the right to read it."


def usage_sentence(error: click.UsageError) -> str:
    """The text for a person. Its last line is a command that can be copied."""
    path = command_path(error.ctx) if error.ctx is not None else program()
    return f"{_what(error)}\n    Help: {path} --help"


def _what(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            meant = f" Did you mean {error.possibilities[0]}?" if error.possibilities else ""
            known = _as_argument(error) or _of_command(error) or meant or _known_options(error)
            return f"There is no option {error.option_name}.{known}"
        case click.MissingParameter(param=click.Parameter() as parameter):
            described = parameter.description if isinstance(parameter, Argument) else getattr(parameter, "help", None)
            return f"{_name(parameter)} is missing{f': {described}' if described else '.'}{_order(error)}"
        case click.BadParameter():
            hint = error.param_hint or (_name(error.param) if error.param is not None else "")
            hint = hint if isinstance(hint, str) else " / ".join(hint)
            message = error.message
            if message.endswith(_NOT_READABLE):
                message = f"{message.removesuffix(_NOT_READABLE)} cannot be read: permission denied. {_RIGHTS}"
            return f"{hint}: {message}" if hint else message
        case click.BadOptionUsage():
            return f"There is no value after {error.option_name}."
        case _:
            return error.format_message() + _for_extra(error)


def _order(error: click.MissingParameter) -> str:
    """The order of the arguments, where a command takes several: a person may have given the other one."""
    params = error.ctx.command.params if error.ctx is not None else []
    names = [_name(one) for one in params if isinstance(one, click.Argument) and one.required]
    return f" The order is: {' '.join(names)}." if len(names) > 1 and isinstance(error.param, click.Argument) else ""


def _for_extra(error: click.UsageError) -> str:
    """What to write in place of arguments that are too many, behind the message; empty: it is not known."""
    extra = re.fullmatch(r"Got unexpected extra arguments? \((\S+).*\)", error.message)
    if extra is None or error.ctx is None:
        return ""
    command = error.ctx.command
    day = str(error.ctx.params.get("at") or "")
    if day.lower() in ("today", "yesterday"):
        return f'. A day and its time stand in quotes: --at "{day} {extra[1]}"'
    if any("--node" in one.opts for one in command.params):
        return f". A node is named with --node: --node {shlex.quote(extra[1])}"
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    return ". It takes only CONFIG." if takes_config(command) and len(arguments) == 1 else ""


def _known_options(error: click.NoSuchOption) -> str:
    """The options that there are, with a space before them."""
    options = error.ctx.command.params if error.ctx is not None else []
    known = [_name(one) for one in options if isinstance(one, click.Option) and not one.hidden]
    return f" Known: {', '.join(known)}." if known else ""


def _of_command(error: click.NoSuchOption) -> str:
    """The command of a group that has this option, where the command was left out; empty for another option."""
    group = error.ctx.command if error.ctx is not None else None
    if error.ctx is None or not isinstance(group, click.Group) or error.ctx.parent is None:
        return ""
    for name in group.list_commands(error.ctx):
        command = group.get_command(error.ctx, name)
        if command is not None and any(error.option_name in one.opts for one in command.params):
            return f" It comes after a command, as in: {command_path(error.ctx)} {name} {error.option_name}"
    return ""


def _as_argument(error: click.NoSuchOption) -> str:
    """How CONFIG is given where a person writes `--config FILE`, with a space before it; empty for another option."""
    command = error.ctx.command if error.ctx is not None else None
    if error.option_name not in _CONFIG_OPTIONS:
        return ""
    if isinstance(command, click.Group):
        return " CONFIG comes after a command, without an option."
    return " CONFIG needs no option before it." if takes_config(command) else ""


def _name(parameter: click.Parameter) -> str:
    """What a person writes: `--port`, or the word of the help for an argument."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.metavar or parameter.human_readable_name
