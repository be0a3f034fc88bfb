"""Every command where there is no home folder, no UTF-8, or nothing to print to: a sentence or its work, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = """
[[pipelines]]
name = "yard — Hof"

[pipelines.source]
type = "file"
path = "no.mp4"
"""
# A user whom the system does not know, as in a container that runs under any id.
START = """
import pwd, sys
def unknown(_):
    raise KeyError("uid not found")
pwd.getpwuid = pwd.getpwnam = unknown
from securos_trigger.cli.main import run_command_line
run_command_line()
"""
COMMANDS = [
    ["--help"],
    ["--version"],
    ["run", "site.toml"],
    ["check", "site.toml"],
    ["replay", "no.jsonl", "site.toml"],
    ["record", "site.toml", "--out", "r.jsonl"],
    ["demo", "--video", "no.mp4"],
    ["demo", "--video", "site.toml", "--out", "site.toml/out"],
    ["simulator"],
    ["simulator", "--home", "site.toml/home"],
    ["trust", "site.toml"],
    ["explain", "site.toml"],
    ["doctor", "site.toml"],
    ["schema"],
    ["receiver", "init", "--host", "vms.example", "--out", "no/such.js"],
    ["outbox", "list", "site.toml"],
    ["outbox", "status", "site.toml"],
]


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **more}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_home_folder_and_without_utf8_there_is_no_traceback(command: list[str], site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, *command], cwd=site, stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
        env=environment(PYTHONIOENCODING="latin-1", LANG="C"), check=False,
    )  # fmt: skip
    printed = (done.stdout + done.stderr).decode("latin-1")
    assert "Traceback" not in printed
    assert done.returncode in (0, 1, 2)
    assert printed


def test_the_missing_home_folder_is_named_with_what_to_set(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, "run", "site.toml"], cwd=site, capture_output=True, text=True, timeout=120,
        env=environment(), check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "this user has no home folder, so no place to keep state" in done.stderr
    assert "Set HOME, or XDG_STATE_HOME" in done.stderr


@pytest.mark.parametrize(
    "command", [["schema"], ["--help"], ["check", "site.toml"], ["status", "site.toml"]], ids=" ".join
)
@pytest.mark.parametrize("redirection", [">&-", "2>&- >&-", "| true"])
def test_an_output_that_is_closed_is_no_traceback(command: list[str], redirection: str, site: Path) -> None:
    line = f"{sys.executable} -m securos_trigger {' '.join(command)} {redirection}"
    done = subprocess.run(
        ["sh", "-c", line], cwd=site, capture_output=True, text=True, timeout=120,
        env=environment(HOME=str(site)), check=False,
    )  # fmt: skip
    assert done.stderr == ""


@pytest.mark.parametrize("command", [["check", "gone.toml"], ["nonsense"]], ids=" ".join)
def test_an_error_that_nobody_can_read_still_has_its_exit_code(command: list[str], site: Path) -> None:
    line = f"{sys.executable} -m securos_trigger {' '.join(command)} 2>&-"
    assert (
        subprocess.run(
            ["sh", "-c", line], cwd=site, timeout=120, env=environment(HOME=str(site)), check=False
        ).returncode
        == 2
    )


def test_init_without_any_input_says_what_to_give(site: Path) -> None:
    line = f"{sys.executable} -m securos_trigger init new.toml <&-"
    done = subprocess.run(
        ["sh", "-c", line], cwd=site, capture_output=True, text=True, timeout=120,
        env=environment(HOME=str(site)), check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "There is no terminal, and no answer has come." in " ".join(done.stderr.split())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [["schema"], ["--version"], ["check", "site.toml"]], ids=" ".join)
def test_an_output_without_space_is_one_sentence(command: list[str], site: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "securos_trigger", *command], cwd=site, stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=120, env=environment(HOME=str(site)), check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "securos-trigger: the disk is full: free some space on it, or write elsewhere.\n"
