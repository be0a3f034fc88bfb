"""Writes the manual page `securos-trigger.1` from the commands themselves: `make docs`. A test compares the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from securos_trigger.cli.arguments import Argument
from securos_trigger.cli.main import SECTIONS, app

PAGE = Path(__file__).parents[1] / "man" / "securos-trigger.1"

_HEAD = r"""
.\" Written by `make docs` from the commands. Edit src/securos_trigger/cli.
.TH SECUROS\-TRIGGER 1 "" securos\-trigger "User Commands"
.nh
.ad l
.SH NAME
securos\-trigger \- turn what video analytics sees into events of ISS SecurOS
.SH SYNOPSIS
.B securos\-trigger
.I COMMAND
.RI [ ARGUMENTS ]
.SH DESCRIPTION
A service reads frames or metadata of cameras, decides by conditions when something happened, keeps each event on the
disk, and delivers it to a receiver script in SecurOS. One configuration file (TOML) describes a site; most commands
take it as CONFIG.
.PP
Begin with
.BR "securos\-trigger demo" .
When something is wrong,
.B "securos\-trigger status CONFIG"
says what, and what helps.
.SH COMMANDS
"""
_TAIL = r"""
.SH EXIT STATUS
.TP
.B 0
It ended as asked.
.TP
.B 1
It ran, and did not end well.
.TP
.B 2
The command, the configuration or the machine must be fixed.
.PP
A command that has other codes says so above.
.SH ENVIRONMENT
.TP
.B NO_COLOR
When it is set, the output has no colours.
.SH SEE ALSO
The pages in the folder docs of the source, in a browser after
.BR "make site" .
"""


def man_page() -> str:
    """The page, whole, as troff with the macros of man(7)."""
    root = click.Context(app, info_name="securos-trigger", **app.context_settings)
    lines = [_HEAD.strip()]
    for heading, section in SECTIONS.items():
        lines.append(f".SS {_plain(heading)}")
        for name in section:
            command = app.get_command(root, name)
            assert command is not None
            lines += _command(name, command, root)
    return "\n".join([*lines, _TAIL.strip()]) + "\n"


def _command(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    """A command: how it is typed, what it does, its arguments and options; of a group all of its commands."""
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    if isinstance(command, click.Group):
        for own in command.list_commands(context):
            inner = command.get_command(context, own)
            assert inner is not None
            yield from _command(own, inner, context)
        return
    words = " ".join(command.collect_usage_pieces(context))
    yield from (".TP", f"\\fB{_plain(context.command_path)}\\fR {_plain(words)}")
    for number, paragraph in enumerate((command.help or "").replace("\b", "").strip().split("\n\n")):
        yield from ([".IP"] if number else [])
        yield _plain(" ".join(paragraph.split()))
    rows = [(one.make_metavar(context), one.description) for one in command.params if isinstance(one, Argument)]
    options = [one for one in command.params if isinstance(one, click.Option)]
    rows += [record for one in options if (record := one.get_help_record(context)) is not None]
    if rows:
        yield ".RS"
        for names, meaning in rows:
            yield from (".TP", f"\\fB{_plain(names)}\\fR", _plain(" ".join(meaning.split())))
        yield ".RE"


def _plain(text: str) -> str:
    """The text so that troff prints it as it is."""
    shown = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(man_page(), encoding="utf-8")
