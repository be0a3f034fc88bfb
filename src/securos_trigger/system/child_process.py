"""A child process that ends with its standard input, so that it never outlives its parent: both sides of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Any


def end_with_stdin(process: subprocess.Popen[Any], within_s: float) -> None:
    """Close the standard input of `process` and wait for its end; kill it after `within_s` seconds."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_when_stdin_ends() -> None:
    """Have this process get SIGTERM when its standard input ends, from a thread of its own."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
