"""Each command is thin: it parses, calls an operation, and prints. `test_sizes` holds the length of its functions."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import click
import pytest

from securos_trigger.cli import main
from securos_trigger.cli.arguments import Command
from securos_trigger.cli.groups import Group

MODULES = sorted(Path(main.__file__).parent.glob("*.py"))
#: What an operation does, and a command leaves to it.
NOT_FOR_COMMANDS = {"sqlite3", "socket", "asyncio", "threading", "ssl", "subprocess"}


def imported(tree: ast.AST) -> set[str]:
    """The top-level names of all modules that are imported anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_no_command_does_the_work_of_an_operation(module: Path) -> None:
    assert not imported(ast.parse(module.read_text(encoding="utf-8"))) & NOT_FOR_COMMANDS


def test_the_command_line_imports_nothing_heavy() -> None:
    """`--help` and `check` start quickly: what a command needs is imported when it runs."""
    own = {path.stem for path in MODULES}
    for module in MODULES:
        if module.stem in (
            "cluster_text",
            "deliver_text",
            "outbox_tables",
            "placed_text",
            "placement_text",
            "replay_chart",
            "replay_tables",
            "status_text",
        ):
            continue  # imported by their commands when they run
        tree = ast.parse(module.read_text(encoding="utf-8"))
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        ours = {node.module for node in top if isinstance(node, ast.ImportFrom) and node.module is not None}
        ours = {name for name in ours if name.startswith("securos_trigger")}
        light = {f"securos_trigger.errors{one}" for one in ("", ".limits", ".program", ".wording")}
        assert ours <= {*light, *(f"securos_trigger.cli.{name}" for name in own)}, module.stem


@pytest.mark.parametrize("name", main.app.entries)
def test_every_command_of_the_help_is_defined_where_the_table_says(name: str) -> None:
    entry = main.app.entries[name]
    command = main.app.get_command(click.Context(main.app), name)
    assert isinstance(command, Command | Group), entry
    assert command.name == name


def test_every_module_of_a_command_stands_in_the_table() -> None:
    modules = {path.stem for path in MODULES if "\n@click.command(" in path.read_text(encoding="utf-8")}
    assert modules <= {entry.module for entry in main.app.entries.values()}


def test_main_only_assembles_and_reports() -> None:
    functions = [
        name
        for name, function in inspect.getmembers(main, inspect.isfunction)
        if function.__module__ == main.__name__ and not name.startswith("_")
    ]
    assert functions == ["run_command_line"]
