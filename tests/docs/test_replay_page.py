"""Every command of docs/replay.md runs in the order of the page, and prints what the page shows."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests import commands

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "replay.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's recording and its three configurations."""
    folder = tmp_path_factory.mktemp("replay")
    script, _ = blocks("python")
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    [gate] = blocks("toml")
    (folder / "gate.toml").write_text(gate)
    (folder / "patient.toml").write_text(gate.replace("event_name", "hold = 1\ninterval = 30\nevent_name"))
    (folder / "typing.toml").write_text(gate.replace("fullframe", "fullFrame"))
    return folder


@pytest.mark.parametrize("block", blocks("console"))
def test_a_command_prints_what_the_page_shows(block: str, folder: Path) -> None:
    command, shown = block.removeprefix("$ securos-trigger ").split("\n", 1)
    done = commands.run(*command.split(), cwd=folder, env={**os.environ, "COLUMNS": "80"})
    assert done.returncode == ("--strict" in command), done.stderr
    assert without_speed(done.stdout) == without_speed(shown)


def without_speed(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"in \d+\.\d s \([\d,]+ frames a second\)", "in … s", lines)


def test_the_page_shows_the_picture_that_its_command_draws(folder: Path) -> None:
    command = "replay yesterday.jsonl gate.toml --compare patient.toml --png timeline.png"
    assert f"$ securos-trigger {command}\n" in PAGE
    assert commands.run(*command.split(), "--force", cwd=folder).returncode == 0
    [name] = re.findall(r"!\[[^]]*\]\((\S+)\)", PAGE)
    with Image.open(DOCS / name) as shown, Image.open(folder / "timeline.png") as drawn:
        assert shown.size == drawn.size


def test_the_python_of_the_page_tells_the_events(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, code = blocks("python")
    monkeypatch.chdir(folder)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue() == "".join(f"{at} s: Person at the gate\n" for at in (61.0, 241.0, 271.0, 361.0, 481.0))


@pytest.mark.parametrize("command", ["replay", "record"])
def test_every_option_of_the_command_stands_on_the_page(command: str) -> None:
    shown = commands.run(command, "--help", env={**os.environ, "COLUMNS": "120"}).stdout
    options = set(re.findall(r"--[a-z]+", shown)) - {"--help"}
    assert options
    assert [option for option in sorted(options) if option not in PAGE] == []
