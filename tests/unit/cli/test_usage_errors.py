"""A command line that cannot be used is answered with one sentence, and with the command that shows how it is used."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from securos_trigger.cli.main import app
from securos_trigger.cli.usage_errors import usage_sentence


def sentence(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), standalone_mode=False)
    assert isinstance(done.exception, click.UsageError), done
    assert done.exception.exit_code == 2
    return usage_sentence(done.exception)


@pytest.mark.parametrize(
    ("words", "expected", "command"),
    [
        ("chekc", 'There is no command "chekc". Did you mean "check"?', ""),
        ("outbox lst", 'There is no command "lst". Did you mean "list"?', "outbox "),
        ("xyzzy", 'There is no command "xyzzy".', ""),
        ("images xyzzy", 'There is no command "xyzzy". Known: purge.', "images "),
        ("start site.toml", 'There is no command "start". Did you mean "run"?', ""),
        ("validate site.toml", 'There is no command "validate". Did you mean "check"?', ""),
        ("outbox ls", 'There is no command "ls". Did you mean "list"?', "outbox "),
        ("site.toml", 'There is no command "site.toml". CONFIG comes after a command, as in: securos-trigger run site.toml', ""),
        ("outbox site.toml", 'There is no command "site.toml". CONFIG comes after a command, as in: securos-trigger outbox list site.toml', "outbox "),
        ("images site.toml", 'There is no command "site.toml". CONFIG comes after a command, as in: securos-trigger images purge site.toml', "images "),
        ("--config site.toml", "There is no option --config. CONFIG comes after a command, without an option.", ""),
        ("run --config site.toml", "There is no option --config. CONFIG needs no option before it.", "run "),
        ("outbox list -c site.toml", "There is no option -c. CONFIG needs no option before it.", "outbox list "),
        ("receiver --host x", "There is no option --host. It comes after a command, as in: securos-trigger receiver init --host", "receiver "),
        ("--verison", "There is no option --verison. Did you mean --version?", ""),
        ("run site.toml --quite", "There is no option --quite. Did you mean --quiet?", "run "),
        ("run site.toml --xyzzy", "There is no option --xyzzy. Known: --quiet, --console.", "run "),
        ("run", "CONFIG is missing: Configuration file (TOML).", "run "),
        ("replay metadata.jsonl", "CONFIG is missing: Configuration file (TOML). The order is: RECORDING CONFIG.", "replay "),
        ("record site.toml", "--out is missing: File to write; compressed when the name ends in .gz.", "record "),
        ("explain site.toml --at", "There is no value after --at.", "explain "),
        ("explain site.toml --around nan", "--around: nan is not from 0 to 86,400", "explain "),
        ("outbox list --limit 501", "--limit: 501 is not from 1 to 500", "outbox list "),
        ("outbox list --limit ten", '--limit: "ten" is not a whole number', "outbox list "),
        ("outbox retry --path outbox.sqlite --all 5", "--all: --all stands alone: leave the numbers, --reason and --target out", "outbox retry "),
        ("init new.toml --yes --camera gate=1;2", '--camera "gate=1;2": "1;2" is not the id of a camera in SecurOS; write commas between several: yard=2,3.', "init "),
        ("explain site.toml gate/alarm", "Got unexpected extra argument (gate/alarm). A node is named with --node: --node gate/alarm", "explain "),
        ("explain site.toml --at yesterday 14:03", 'Got unexpected extra argument (14:03). A day and its time stand in quotes: --at "yesterday 14:03"', "explain "),
        ("run one.toml two.toml", "Got unexpected extra argument (two.toml). It takes only CONFIG.", "run "),
    ],
)  # fmt: skip
def test_a_wrong_command_line(words: str, expected: str, command: str) -> None:
    assert sentence(*words.split()) == f"{expected}\n    Help: securos-trigger {command}--help"


def test_a_file_without_the_right_to_read_it_says_what_to_do() -> None:
    refused = click.BadParameter("Path 'site.toml' is not readable.", param_hint="CONFIG")
    assert usage_sentence(refused).splitlines()[0] == (
        "CONFIG: Path 'site.toml' cannot be read: permission denied. Run the command as its owner, or give this user the "
        "right to read it."
    )
