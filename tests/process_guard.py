"""Ends every process that a test run has started, when the run ends, however it ends: also by `kill -9`.

The run marks its environment, which its processes inherit, and starts this file as a program beside it: the guard. A
pipe connects the two. The system closes it when the run ends, and the guard then kills every process with the mark. It
reads the marks in `/proc`; where there is none, the guard does nothing.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "STARTED_BY_TEST_RUN"
_AGAIN_S = 0.05  # a process that is being started while the others are killed is found the next time


def start() -> None:
    """Guard this process and all that it starts from now on. Inside a run that is guarded already: nothing is done."""
    if MARK in os.environ:
        return
    mark = f"{os.getpid()}-{time.time_ns()}"
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, mark],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal must not end it
    )
    assert guard.stdin is not None
    os.register_at_fork(after_in_child=guard.stdin.close)  # a child that outlives the run must not keep the pipe open
    os.environ[MARK] = mark
    atexit.register(guard.communicate)  # closes the pipe, and waits until nothing is left


def marked(mark: str) -> list[int]:
    """The processes that have the mark in their environment, by their ids."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = place.read_bytes()
        except OSError:  # it has ended, or belongs to another user
            continue
        if wanted in environment.split(b"\0"):
            found.append(int(place.parent.name))
    return found


def main() -> None:
    """Wait for the end of the run, then kill what is left of it."""
    sys.stdin.buffer.read()
    while left := marked(sys.argv[1]):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(_AGAIN_S)


if __name__ == "__main__":
    main()
