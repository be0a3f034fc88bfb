"""Nothing that a test has started outlives the run, also when pytest itself is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.process_guard import MARK, marked

ROOT = Path(__file__).parents[2]
WITHIN_S = 150.0
pytestmark = pytest.mark.timeout(2 * WITHIN_S + 60)

#: As in this suite, and without its libraries.
CONFTEST = """\
from tests import process_guard

def pytest_configure():
    process_guard.start()
"""

# Two processes of the test and one of theirs, as a service and its console: one has left the group and the session.
WAITING = """\
import subprocess, sys, time
from pathlib import Path

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
PARENT = f"import subprocess; subprocess.run({SLEEP!r})"

def test_that_waits():
    with subprocess.Popen([sys.executable, "-c", PARENT], start_new_session=True), subprocess.Popen(SLEEP):
        Path("begun").touch()
        time.sleep(600)
"""
FORGETTING = """\
import subprocess, sys

def test_that_forgets():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
"""
# A child that has inherited the pipe to the guard.
FORKING = """\
import os, time

def test_that_forks():
    if os.fork() == 0:
        time.sleep(600)
"""


def wait_until(holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < until_s, f"it did not come about in {WITHIN_S} s"
        time.sleep(0.2)  # to look through all processes of a busy machine is work


def small_pytest(folder: Path, test: str, *options: str) -> subprocess.Popen[str]:
    """A run of one test in `folder`, guarded as this suite is. It loads no library that it does not need."""
    (folder / "test_small.py").write_text(test)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {name: value for name, value in os.environ.items() if name != MARK and "PYTEST" not in name}
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    output = folder / "output"
    with output.open("w") as log:
        return subprocess.Popen(
            [*command, "test_small.py"],
            cwd=folder, env=environment, stdout=log, stderr=log, text=True, start_new_session=True,
        )  # fmt: skip


def processes_in(folder: Path) -> set[int]:
    """The processes that work in a folder."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if place.resolve(strict=True) == folder:
                found.add(int(place.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("number", "options", "count"),
    [
        (signal.SIGINT, (), 5),
        (signal.SIGTERM, (), 5),
        (signal.SIGKILL, (), 5),
        (signal.SIGKILL, ("-p", "xdist", "--numprocesses=1"), 6),
    ],
    ids=["Ctrl-C", "SIGTERM", "kill -9", "kill -9 of the one that distributes"],
)
def test_a_killed_run_leaves_no_process(
    number: signal.Signals, options: tuple[str, ...], count: int, tmp_path: Path
) -> None:
    with small_pytest(tmp_path, WAITING, *options) as run:
        try:
            wait_until(lambda: (tmp_path / "begun").exists() and len(processes_in(tmp_path)) == count)
            run.send_signal(number)
            wait_until(lambda: not processes_in(tmp_path))
        finally:
            run.kill()
    assert "passed" not in (tmp_path / "output").read_text()


def test_a_process_that_a_test_forgets_ends_with_the_run(tmp_path: Path) -> None:
    with small_pytest(tmp_path, FORGETTING) as run:
        assert run.wait(WITHIN_S) == 0, (tmp_path / "output").read_text()
    assert processes_in(tmp_path) == set()


def test_a_run_ends_although_a_forked_child_goes_on(tmp_path: Path) -> None:
    with small_pytest(tmp_path, FORKING) as run:
        try:
            assert run.wait(WITHIN_S) == 0, (tmp_path / "output").read_text()
        finally:
            run.kill()
            for pid in processes_in(tmp_path):  # a fork has no mark, so the guard does not know it
                os.kill(pid, signal.SIGKILL)


def test_the_processes_of_this_run_are_marked() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        wait_until(lambda: process.pid in marked(os.environ[MARK]))
        process.communicate(b"\n")
