"""The clock that never steps back."""

from __future__ import annotations

import time


def monotonic_s() -> float:
    """Seconds on the monotonic clock of this process."""
    return time.monotonic()
