"""Ends a process of a soak so that it never outlives it."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_ENDS_WITHIN_S: Final = 60.0


def end(process: subprocess.Popen[bytes], within_s: float = _ENDS_WITHIN_S) -> None:
    """End a process gently, and with SIGKILL after the time.

    Raises `TimeoutError` when it had to be killed, unless an exception is on its way: that one says more.
    """
    is_failing = sys.exception() is not None
    process.terminate()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        if not is_failing:
            raise TimeoutError(f"the service did not end within {within_s:g} s, and was killed") from None
