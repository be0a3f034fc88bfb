"""A command that `tests/commands.py` starts is what `python -m securos_trigger` is: the same output, code and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import commands
from tests.integration.test_service_status import wait_until

CONFIG = """
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "gate"
cameras = { gate = "1" }
source = { type = "ultralytics", listen = "127.0.0.1:0", token = "the token of a sender" }

[[pipelines.nodes]]
type = "function"
id = "own"
file = "own.py"
"""
FUNCTION = """
import warnings

warnings.warn("seen by a person", RuntimeWarning)


def process_frame(frame, **_):
    return True
"""


@pytest.mark.parametrize("words", [["check", "no.toml"], ["run"], ["no-such-command"], ["check", "--help"]])
def test_it_prints_and_ends_as_the_program_does(words: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "securos_trigger", *words]
    real = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    forked = commands.run(*words, cwd=tmp_path)
    assert (forked.returncode, forked.stdout, forked.stderr) == (real.returncode, real.stdout, real.stderr)


def test_it_is_a_process_with_its_own_folder_environment_and_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home)}
    words = ("simulator", "--port", "0", "--page-port", "0", "--home", "kept")
    with (tmp_path / "out").open("w") as out:
        command = commands.start(*words, cwd=tmp_path, env=environment, stdout=out, start_new_session=True)
    wait_until(lambda: "Ctrl-C ends it." in (tmp_path / "out").read_text(), 120)
    assert Path(f"/proc/{command.pid}/cwd").resolve() == tmp_path
    assert os.getsid(command.pid) == command.pid
    with pytest.raises(subprocess.TimeoutExpired):
        command.wait(0)
    command.send_signal(signal.SIGKILL)
    assert command.wait(30) == command.poll() == -signal.SIGKILL
    assert not Path(f"/proc/{command.pid}").exists()


def test_where_it_imports_from_cannot_be_another_place() -> None:
    with pytest.raises(ValueError, match="start python -m securos_trigger itself"):
        commands.start("check", env={"PYTHONPATH": "elsewhere"})


def test_it_shows_the_warnings_that_a_person_sees(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(FUNCTION)
    (tmp_path / "site.toml").write_text(CONFIG)
    with (tmp_path / "err").open("w") as err:
        command = commands.start("run", "site.toml", cwd=tmp_path, stderr=err)
    try:
        wait_until(lambda: "RuntimeWarning: seen by a person" in (tmp_path / "err").read_text(), 60)
    finally:
        command.kill()
        command.wait()
