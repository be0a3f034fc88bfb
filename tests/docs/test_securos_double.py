"""The test double for `securos`: its own tests, and the example in its README, set up in each way that the README describes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from securos_trigger.vms.bundle import simulator_script
from tests.integration.node_releases import runner_program

DOUBLE = simulator_script().parent / "modules" / "securos"
BLOCK = re.compile(r"^```js (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A folder with the files of the README's example."""
    files = dict(BLOCK.findall((DOUBLE / "README.md").read_text()))
    assert list(files) == ["gate.js", "gate.test.js"]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run_tests(folder: Path, **environment: str) -> str:
    command: list[str | Path] = [runner_program(), "--test", "--test-reporter=tap", *sorted(folder.glob("*.test.js"))]
    ended = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, cwd=folder, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def npm(folder: Path, *words: str) -> str:
    program = shutil.which("npm")
    if program is None:
        pytest.skip("npm is not on this machine")
    ended = subprocess.run(
        [program, *words, "--offline", "--no-audit", "--no-fund"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        check=True,
    )
    return ended.stdout


def test_the_double_does_what_its_page_says() -> None:
    assert "# fail 0" in run_tests(DOUBLE)


def test_the_example_of_the_page_runs_with_the_double_on_node_path(example: Path) -> None:
    assert "ok 1 - camera 2 records whenever camera 1 does" in run_tests(example, NODE_PATH=str(DOUBLE.parent))


def test_the_example_of_the_page_runs_with_the_double_copied(example: Path) -> None:
    shutil.copytree(DOUBLE, example / "node_modules" / "securos")
    assert "ok 1 - camera 2 records whenever camera 1 does" in run_tests(example)


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "package"])
def test_the_example_of_the_page_runs_with_the_double_installed(
    packed: bool, example: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = DOUBLE
    if packed:
        folder = tmp_path_factory.mktemp("packed")
        source = folder / npm(folder, "pack", str(DOUBLE)).strip().splitlines()[-1]
    (example / "package.json").write_text("{}")
    npm(example, "install", "--save-dev", f"securos@file:{source}")
    assert "ok 1 - camera 2 records whenever camera 1 does" in run_tests(example)


def test_the_double_needs_nothing_of_the_simulator() -> None:
    required = re.findall(r"require\('([^']+)'\)", (DOUBLE / "index.js").read_text())
    assert required == ["fs"]
