"""Waits until something is so, as the soaks do: a limit ends a run that does not get on."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(
    is_so: Callable[[], bool], limit_s: float, what: str = "the service does not get on", *, pause_s: float = 0.05
) -> None:
    """Ask again after each pause. TimeoutError, with `what` has not come about, after the limit in seconds."""
    give_up_at_ticks = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > give_up_at_ticks:
            raise TimeoutError(what)
        time.sleep(pause_s)
