"""Runs pytest again and again, each time in a fork of one process that has the libraries loaded already.

A program of its own, started in a copy of the tree. A line of its input is a list of tests as JSON and the seconds
they may take; a line of its output is the exit code, or null for a run that took too long.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

# Loaded once. Nothing of the tree itself: each fork imports that anew, with its mutant.
import aiohttp
import click.testing
import cryptography.x509
import hypothesis
import jinja2
import msgspec
import pydantic
import pytest
import rich.console

LOADED = (aiohttp, click.testing, cryptography.x509, jinja2, msgspec, pydantic, rich.console)
_POLL_S = 0.01
_CRASHED = 70


def main() -> None:
    """Serve until the input ends."""
    # The same examples in each run: a score that chance changes is no score.
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, suppress_health_check=slow
    )
    for line in sys.stdin:
        tests, limit_s, output = json.loads(line)
        print(json.dumps(_run(tests, limit_s, Path(output))), flush=True)


def _run(tests: list[str], limit_s: float, output: Path) -> int | None:
    child = os.fork()
    if child == 0:
        _become_pytest(tests, output)
    ends_at = time.monotonic() + limit_s
    try:
        while time.monotonic() < ends_at:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(_POLL_S)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return None
    finally:
        _end_group(child)


def _end_group(group: int) -> None:
    """End what a test has left running."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _become_pytest(tests: list[str], output: Path) -> None:
    os.setsid()
    with output.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = _CRASHED
    try:
        # A folder of its own: a run that is cut off may leave a mounted disk behind, and must disturb no other run.
        options = [
            f"--basetemp={output.parent / f'pytest-{os.getpid()}'}",
            "-x",
            "-q",
            "--no-header",
            "-p",
            "no:cacheprovider",
            "--hypothesis-profile=mutants",
        ]
        # hypothesis is loaded before pytest could rewrite its assertions, and warns about it.
        code = int(pytest.main([*options, "-W", "ignore::pytest.PytestAssertRewriteWarning", *tests]))
    except BaseException:  # a fork must never return into the server's loop
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
