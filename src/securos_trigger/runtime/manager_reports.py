"""Keeps the service manager informed: ready, its state, alive as long as no pipeline hangs, ending."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.system.service_manager import ServiceManager

#: How often the manager gets the state of the service, in seconds; with a watchdog three times within its time.
STATUS_EVERY_S: Final = 10.0


class ManagerReports:
    """Reports to `manager`. `start`, then `look` at least ten times a second, then `end`; from one thread.

    The watchdog is not fed while the steps of a pipeline have been busy with one frame for as long as its time: then
    the manager starts the service again. A source that gives no frames is no reason: it is being reconnected.
    """

    def __init__(
        self,
        manager: ServiceManager,
        heartbeats: Callable[[], Mapping[str, Heartbeat]],
        summary: Callable[[], str],
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manager = manager
        self._heartbeats = heartbeats
        self._summary = summary
        self._ticks = ticks
        self._every_s = min(STATUS_EVERY_S, (manager.watchdog_s or STATUS_EVERY_S * 3) / 3)
        self._next_at_ticks = 0.0

    def start(self) -> None:
        """Report that the service is ready."""
        self._manager.notify(READY=1, STATUS=self._summary())
        self._next_at_ticks = self._ticks() + self._every_s

    def look(self) -> None:
        """Report the state of the service, when it is time."""
        now_at_ticks = self._ticks()
        if not self._manager.is_there or now_at_ticks < self._next_at_ticks:
            return
        self._next_at_ticks = now_at_ticks + self._every_s
        if hanging := self._hanging(now_at_ticks):
            self._manager.notify(STATUS=f"hangs: pipeline {', '.join(hanging)}")
        elif self._manager.watchdog_s is None:
            self._manager.notify(STATUS=self._summary())
        else:
            self._manager.notify(WATCHDOG=1, STATUS=self._summary())

    def end(self) -> None:
        """Report that the service ends."""
        self._manager.notify(STOPPING=1, STATUS="ending")

    def _hanging(self, now_at_ticks: float) -> list[str]:
        """The pipelines whose steps have been busy with one frame for the time of the watchdog."""
        limit_s = self._manager.watchdog_s
        if limit_s is None:
            return []
        began = {name: one.walking_since_at_ticks for name, one in self._heartbeats().items()}
        return [name for name, at_ticks in began.items() if at_ticks is not None and now_at_ticks - at_ticks >= limit_s]
