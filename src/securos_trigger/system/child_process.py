"""Ends a child process that ends with its standard input, so that it never outlives its parent."""

from __future__ import annotations

import subprocess
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
