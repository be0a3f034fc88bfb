"""The manual page says what the commands say, and troff takes it without a warning."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from securos_trigger.cli.main import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "man" / "securos-trigger.1"


def commands_below(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands_below(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_the_manual_page_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_man_page.py"))["man_page"]()
    assert PAGE.read_text(encoding="utf-8") == made, "run `make docs`"


def test_every_command_and_every_option_that_is_not_hidden_stands_in_it() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\-", "-").replace("\\fR", "").replace("\\fB", "")
    for path, command in commands_below(app, "securos-trigger"):
        assert f"\n{path} " in text, path
        own = text.partition(f"\n{path} ")[2].partition("\nsecuros-trigger ")[0]
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.hidden != any(f"\n{name}" in own or f", {name}" in own for name in option.opts), option


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_troff_takes_it_without_a_warning() -> None:
    command = ["groff", "-man", "-Tutf8", "-k", "-ww", "-z", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
