"""Commands of securos-trigger as real processes, without the time that importing its libraries takes each time.

`run` and `start` are used as `subprocess.run` and `subprocess.Popen` are. The processes are forked from one that has
imported everything (`tests.command_server`). Where a test is about how a program starts, it starts
`python -m securos_trigger` itself: tests/integration/test_cold_start.py, test_poor_surroundings.py and
test_without_posix.py, and one test of each kind in tests/e2e.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.command_server import REQUEST_BYTES

ROOT = Path(__file__).parents[1]


class Command:
    """A running command. `returncode` is None until it has ended and that was asked for."""

    def __init__(self, words: tuple[str, ...], report: int) -> None:
        self.args = words
        self.returncode: int | None = None
        self._report = report
        self.pid = self._next_number()

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended. `subprocess.TimeoutExpired` when that takes longer."""
        code = self._ended_within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def _ended_within(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._report], [], [], seconds)[0]:
            self.returncode = self._next_number()
        return self.returncode

    def _next_number(self) -> int:
        """The next line of the report: first the process id, then the exit code."""
        line = b""
        while not line.endswith(b"\n"):
            one = os.read(self._report, 1)
            assert one, "the server of commands has ended"
            line += one
        return int(line)

    def __del__(self) -> None:
        os.close(self._report)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wait()


def start(
    *words: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: IO[Any] | None = None,
    stdout: IO[Any] | None = None,
    stderr: IO[Any] | None = None,
    start_new_session: bool = False,
) -> Command:
    """Start a command. A stream that is not given is empty, or goes nowhere."""
    environment = dict(os.environ if env is None else env)
    if environment.get("PYTHONPATH") != os.environ.get("PYTHONPATH"):
        raise ValueError("what is imported is decided already: start python -m securos_trigger itself")
    where = {"cwd": str(cwd or Path.cwd()), "env": environment, "start_new_session": start_new_session}
    data = json.dumps({"words": words, **where}).encode()
    assert len(data) < REQUEST_BYTES
    reading, writing = os.pipe()
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123  a device
        files = [(nothing if one is None else one).fileno() for one in (stdin, stdout, stderr)]
        socket.send_fds(_server(os.getpid()), [data], [*files, writing])
    os.close(writing)
    return Command(words, reading)


def run(
    *words: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    input: str = "",  # noqa: A002  its name in subprocess.run
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and give what it printed. `subprocess.TimeoutExpired` when it takes longer."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(input.encode())
        given.seek(0)
        command = start(*words, cwd=cwd, env=env, stdin=given, stdout=out, stderr=err)
        try:
            code = command.wait(timeout)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())


@cache
def _server(_of_process: int) -> socket.socket:
    """The server of this process; it ends with it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.command_server"],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a process with threads had better not be forked
            stdin=its.fileno(),
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # without the terminal of the tests: a command asks that for a password
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours
