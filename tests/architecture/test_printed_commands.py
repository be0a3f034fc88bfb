"""Commands that the product prints can be copied to a shell: each is parsed by the command itself."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from securos_trigger.cli.main import app
from securos_trigger.cli.trouble_text import finding_text
from securos_trigger.doctor import Finding, Status
from securos_trigger.errors.wording import with_config
from securos_trigger.operations.trouble import Trouble, commands_for
from tests.architecture.modules import Module, modules

_COMMAND = re.compile(r"`securos-trigger ([^`]*)`")
#: A text of this module names the command and gives no line to copy: which program reads, writes or has printed
#: something, or a pattern of commands.
_NAMES_ONLY = {
    ("cli/input.py", "record"),
    ("cli/placed_note.py", "X"),
    ("cli/status_text.py", "run"),
    ("config/deliver_file.py", "deliver"),
    ("config/deliver_file.py", "run"),
    ("config/table_slips.py", "init"),
    ("doctor/texts.py", "doctor"),
    ("errors/wording.py", "[^"),
    ("inputs/file_settings.py", "record"),
    ("operations/cluster.py", "deliver"),
    ("operations/import_lumeo.py", "import lumeo"),
    ("operations/init/configuration.py", "init"),
    ("operations/replay_change.py", "replay"),
    ("validation/connection.py", "receiver init"),
}


def texts(module: Module) -> Iterator[str]:
    """The texts that a module prints: not its docstrings. What a formatted text puts in is `X`."""
    docs = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(module.tree)
        if hasattr(node, "body") and isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    }
    parts: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(value) for value in node.values}
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "X" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docs:
            if id(node) in parts:
                continue
            yield node.value


_FOUND = {(module.path, one) for module in modules() for text in texts(module) for one in _COMMAND.findall(text)}
PRINTED = sorted({command for place, command in _FOUND if (place, command) not in _NAMES_ONLY})


def test_there_are_commands_and_each_exception_is_one() -> None:
    assert {"reload CONFIG", "doctor CONFIG", "trust CONFIG", "unmute CONFIG NODE"} <= set(PRINTED)
    assert set() == _NAMES_ONLY - _FOUND


@pytest.mark.parametrize("line", PRINTED)
def test_a_printed_command_has_all_that_it_needs(line: str, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("")
    words = [word.replace("CONFIG", str(site)) for word in shlex.split(line)]
    if "--help" in words:
        return
    command: click.Command = app
    context = click.Context(app)
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name}"
        command = found
        context = click.Context(command, parent=context, info_name=name)
    if any(isinstance(param, click.Argument) and param.name == "config" for param in command.params):
        assert "CONFIG" in line or ".toml" in line or "--path" in line or "X" in words, "which configuration?"
    takes_path = any(param.name == "path" for param in command.params)
    assert words or not takes_path, "which outbox?"
    values, rest, _ = command.make_parser(context).parse_args(list(words))
    assert not takes_path or any(values.get(name) for name in ("path", "words", "config")), "which outbox?"
    assert rest == []
    missing = [param.name for param in command.params if param.required and not values.get(str(param.name))]
    assert missing == []


def test_the_path_of_the_configuration_stands_in_commands_only_and_quoted() -> None:
    config = Path("/etc/my site.toml")
    trouble = Trouble("CONFIG is a camera", "Fix CONFIG, then `securos-trigger reload CONFIG`. `x CONFIG`", True)
    [shown] = commands_for(config, [trouble])
    assert shown.text == "CONFIG is a camera"
    assert shown.fix == "Fix CONFIG, then `securos-trigger reload '/etc/my site.toml'`. `x CONFIG`"
    assert with_config(r"`securos-trigger a CONFIG x`", r"b\1") == r"`securos-trigger a b\1 x`"
    assert (
        with_config("`securos-trigger a /CONFIG/x.toml CONFIGS`", "y") == "`securos-trigger a /CONFIG/x.toml CONFIGS`"
    )


def test_only_commands_that_take_an_outbox_file_get_that_of_a_placed_pipeline() -> None:
    for line in (one for one in PRINTED if "CONFIG" in one):
        said = with_config(f"`securos-trigger {line}`", "site.toml", "gate.sqlite")
        words = shlex.split(said.strip("`"))[1:]
        command: click.Command = app
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(app), words.pop(0))
            assert found is not None
            command = found
        takes_path = any("--path" in param.opts for param in command.params)
        assert ("--path gate.sqlite" in said) is takes_path, said
        takes_config = any(param.name == "config" for param in command.params) and command.name != "list"
        assert "site.toml" in said or not takes_config, said


def test_a_finding_of_the_doctor_fits_80_columns_and_breaks_no_command() -> None:
    for path in ("site.toml", "/etc/securos-trigger/site.toml", "/etc/securos-trigger/north/site.toml"):
        command = f"`securos-trigger outbox list {path}`"
        fix = f"{command} says why, and for which camera. Then look at the receiver in SecurOS."
        text = "the certificate is not the one that was expected, and nothing is sent until that has changed"
        lines = finding_text(Finding(Status.FAILED, "certificate", text, fix)).split("\n")
        assert max(map(len, lines)) < 80
        assert command in re.sub(r" \\\n *", " ", "\n".join(lines)), "a shell takes it as it stands"
        assert {len(line) - len(line.lstrip()) for line in lines[1:]} == {24, 27}
        assert lines[0].startswith("  failed   certificate  the certificate is not")
        assert lines[1].startswith(" " * 24)
