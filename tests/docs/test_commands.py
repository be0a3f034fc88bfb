"""Every `securos-trigger …` that a page shows is a command that exists, with options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from securos_trigger.cli.main import app
from tests.docs.test_links import PAGES, ROOT


def shown_commands(text: str) -> list[str]:
    """The commands of a page: in code spans, and at the start of a line of a fence. One line each."""
    fences = re.findall(r"(?ms)^```[^\n]*\n(.*?)^```", text)
    lines = [line.removeprefix("$ ") for fence in fences for line in fence.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))
    return [one for one in [*lines, *spans] if re.match(r"securos-trigger [a-z]", one)]


def unknown_words(command: str) -> list[str]:
    """The words of a command that it does not have: a name of no command, an option that is not there."""
    words = shlex.split(re.split(r"#|…|\|| > ", command)[0].replace("'", ""))[1:]
    found: click.Command = app
    while isinstance(found, click.Group) and words:
        name = words.pop(0)
        below = found.get_command(click.Context(found), name)
        if below is None:
            return [name]
        found = below
    options = {option for one in found.params for option in (*one.opts, *one.secondary_opts)} | {"--help", "-h"}
    return [word for word in words if word.startswith("-") and word != "-" and word.split("=")[0] not in options]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "CHANGELOG.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_every_command_of_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = {command: unknown_words(command) for command in shown_commands(text)}
    assert {command: words for command, words in wrong.items() if words} == {}


def test_a_wrong_command_and_a_wrong_option_are_found() -> None:
    text = "`securos-trigger outbx list`\n\n```\nsecuros-trigger run \\\n    --fast site.toml   # --slow\n```\n"
    assert [unknown_words(one) for one in shown_commands(text)] == [["--fast"], ["outbx"]]
