"""Waits until something is so, as the soaks do: a limit ends a run that does not get on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from securos_trigger.errors import OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.runtime.control import StatusRequest, ask
from securos_trigger.runtime.control.service import Answer


def wait_for(
    is_so: Callable[[], bool], limit_s: float, what: str = "the service does not get on", *, pause_s: float = 0.05
) -> None:
    """Ask again after each pause. TimeoutError, with `what` has not come about, after the limit in seconds."""
    give_up_at_ticks = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > give_up_at_ticks:
            raise TimeoutError(what)
        time.sleep(pause_s)


def status_of(outbox: Path) -> Answer:
    """What the service of this outbox says of itself; `is_running` False also while it starts."""
    try:
        return ask(outbox, StatusRequest(), Announcer())
    except OutboxOwnedError:
        return {"is_running": False}
