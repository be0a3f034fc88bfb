"""The help of every command: at 80 columns, grouped, and without importing the commands."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from securos_trigger.cli.main import SECTIONS, app


def all_commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = list(all_commands(app))


def help_of(*path: str) -> list[str]:
    done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


@pytest.mark.parametrize("path", [path for path, _ in COMMANDS], ids=" ".join)
def test_no_help_is_wider_than_a_terminal_and_none_is_cut(path: tuple[str, ...]) -> None:
    lines = help_of(*path)
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.endswith("...") and "Usage:" not in line]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_everything_that_can_be_given_is_described(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None) or getattr(parameter, "description", None), parameter


def test_each_command_has_one_line_under_its_heading() -> None:
    lines = help_of()
    for heading, section in SECTIONS.items():
        begins = lines.index(f"{heading}:") + 1
        shown = lines[begins : begins + len(section)]
        assert [line.split()[0] for line in shown] == list(section)
        assert [line.split(maxsplit=1)[1] for line in shown] == [entry.help for entry in section.values()]
        assert ["", *lines][begins + len(section) + 1 :][0] == ""


def test_without_arguments_the_help_is_shown_and_the_code_is_2() -> None:
    done = CliRunner().invoke(app, [], standalone_mode=False, env={"COLUMNS": "80"})
    assert isinstance(done.exception, click.exceptions.NoArgsIsHelpError)
    assert done.exception.format_message().splitlines() == help_of()
    assert done.exception.exit_code == 2
