"""How printed commands begin: with a word by which a shell finds this program."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from securos_trigger.errors.program import as_called, program

SCRIPT = Path(sys.executable).with_name("securos-trigger")
Called = Callable[..., str]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    def name(argument: Path | str, *folders: Path, python: str = "python") -> str:
        monkeypatch.setattr(sys, "argv", [str(argument), "status"])
        monkeypatch.setattr(sys, "orig_argv", [python, str(argument), "status"])
        monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
        return program()

    return name


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    script = folder / "securos-trigger"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    return script


def test_a_program_on_path_has_its_short_name_through_a_link_too(called: Called, tmp_path: Path) -> None:
    script = made(tmp_path / "opt")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/securos-trigger").symlink_to(script)
    assert called(script, script.parent) == "securos-trigger"
    assert called(script, tmp_path / "bin") == "securos-trigger"


def test_one_that_is_not_on_path_has_the_name_that_was_typed(called: Called, tmp_path: Path) -> None:
    script = made(tmp_path / "my venv")
    assert called(script, tmp_path) == f"'{script}'"
    assert called(".venv/bin/securos-trigger", tmp_path) == ".venv/bin/securos-trigger"
    assert as_called("`securos-trigger a` and `b`, securos-trigger c, `securos-trigger d e`") == (
        "`.venv/bin/securos-trigger a` and `b`, securos-trigger c, `.venv/bin/securos-trigger d e`"
    )


def test_another_one_on_path_is_not_meant(called: Called, tmp_path: Path) -> None:
    script, other = made(tmp_path / "new"), made(tmp_path / "old")
    assert called(script, other.parent, script.parent) == str(script)


def test_a_module_is_called_by_the_script_beside_its_python(
    called: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "securos_trigger/__main__.py"
    script = made(tmp_path / "bin")
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    assert called(module, script.parent) == "securos-trigger"
    assert called(module, tmp_path) == str(script)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert called(module, tmp_path, python="my python") == "'my python' -m securos_trigger"


def test_a_program_that_uses_this_one_has_the_short_name(called: Called, tmp_path: Path) -> None:
    assert called("/usr/bin/gst-launch-1.0", tmp_path) == "securos-trigger"
    assert called("", tmp_path) == "securos-trigger"


def commands_of(text: str) -> list[str]:
    return [after or quoted for after, quoted in re.findall(r"Help: (.*)|`([^`]*securos-trigger [^`]*)`", text)]


def test_each_command_that_is_printed_runs_as_it_stands(tmp_path: Path) -> None:
    """One that was called by its path is answered with commands that a shell without it on PATH can run."""
    (tmp_path / "bin").symlink_to(SCRIPT.parent)
    (tmp_path / "site.toml").write_text("")
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "COLUMNS": "80", "XDG_STATE_HOME": str(tmp_path)}

    def run(line: str) -> str:
        shell = ["/bin/sh", "-c", line]
        done = subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode not in (126, 127), done.stderr
        return done.stdout + done.stderr

    for typed in ("status site.toml", "doctor site.toml", "status --no-such", "run-it"):
        said = run(f"bin/securos-trigger {typed}")
        printed = commands_of(said)
        assert printed, said
        for command in printed:
            assert shlex.split(command)[0] == "bin/securos-trigger", said
            run(f"{command} --help")
