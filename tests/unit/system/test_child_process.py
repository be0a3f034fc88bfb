"""A child process that ends with its standard input, or is killed."""

from __future__ import annotations

import signal
import subprocess
import sys

from securos_trigger.system.child_process import end_with_stdin

ENDS = "import sys; sys.stdin.read()"
GOES_ON = "import time; time.sleep(600)"


def started(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)


def test_a_child_ends_by_itself_when_its_stdin_is_closed() -> None:
    with started(ENDS) as process:
        end_with_stdin(process, 60.0)
        assert process.returncode == 0


def test_one_that_goes_on_is_killed() -> None:
    with started(GOES_ON) as process:
        end_with_stdin(process, 0.1)
        assert process.returncode == -signal.SIGKILL
