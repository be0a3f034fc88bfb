"""Counts lost events: how many, since when and why. The log has their beginning, their count once a minute, their end.

A full disk loses an event on every frame of every node: only the first one of a trouble is an error in the log.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from securos_trigger.model import Event
from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.timestamps import service_clock_s

#: While events are lost, their number is logged this often, in seconds.
LOG_AGAIN_AFTER_S: Final = 60.0
#: Losses are over with the first event that is kept when none was lost for this long, in seconds.
OVER_AFTER_S: Final = 10.0
#: An event lost within this time is a loss of the present.
RECENT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LossReport:
    """The losses of this process. Instants are of `service_clock_s`; None: there was no loss.

    `since_s` is when the present or last trouble began, `count_since` how many were lost in it, `last_s` the last loss,
    `reason` why. `is_over`: an event was kept after the last loss.
    """

    count: int
    since_s: float | None
    last_s: float | None
    reason: str
    is_over: bool
    count_since: int = 0

    @property
    def recent_until_s(self) -> float | None:
        """Until when (`service_clock_s`) the last loss is one of the present."""
        return None if self.last_s is None else self.last_s + RECENT_S

    def is_recent(self, now_s: float) -> bool:
        """True when an event was lost within the last minute."""
        return self.last_s is not None and now_s - self.last_s < RECENT_S


class Losses:
    """Counts and announces. From any thread."""

    def __init__(
        self,
        announcer: Announcer,
        *,
        clock: Callable[[], float] = service_clock_s,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._announcer = announcer
        self._clock = clock
        self._ticks = ticks
        self._lock = threading.Lock()
        self._count = 0
        self._since_s: float | None = None
        self._last_s: float | None = None
        self._reason = ""
        self._is_over = True
        self._is_losing = False  # as the log has it
        self._count_before = 0  # the present trouble
        self._began_at_ticks = self._last_at_ticks = self._logged_at_ticks = 0.0

    @property
    def count(self) -> int:
        """Events that were lost."""
        return self._count

    def report(self) -> LossReport:
        """The losses until now."""
        with self._lock:
            of_trouble = self._count - self._count_before
            return LossReport(self._count, self._since_s, self._last_s, self._reason, self._is_over, of_trouble)

    def note_lost(self, event: Event, node: object, reason: str) -> None:
        """An event is lost."""
        now_at_ticks = self._ticks()
        with self._lock:
            self._count += 1
            self._last_s, self._reason, self._is_over = self._clock(), reason, False
            self._last_at_ticks = now_at_ticks
            is_first = not self._is_losing
            if is_first:
                self._is_losing, self._count_before = True, self._count - 1
                self._since_s = self._last_s
                self._began_at_ticks = self._logged_at_ticks = now_at_ticks
            is_due = now_at_ticks - self._logged_at_ticks >= LOG_AGAIN_AFTER_S
            if is_due:
                self._logged_at_ticks = now_at_ticks
            count = self._count - self._count_before
        level = kinds.EVENT_NOT_KEPT.level if is_first else logging.DEBUG
        about = {"node": node, "event_id": event.event_id, "event_name": event.name}
        self._announcer.announce(kinds.EVENT_NOT_KEPT, level, **about, reason=reason)
        if is_due:
            self._announcer.announce(kinds.EVENTS_LOST, count=count, reason=reason)

    def note_kept(self) -> None:
        """An event is on disk."""
        if self._is_over and not self._is_losing:
            return
        with self._lock:
            self._is_over = True
            now_at_ticks = self._ticks()
            if not self._is_losing or now_at_ticks - self._last_at_ticks < OVER_AFTER_S:
                return
            self._is_losing = False
            count = self._count - self._count_before
            outage_s = round(now_at_ticks - self._began_at_ticks, 1)
        self._announcer.announce(kinds.EVENTS_KEPT_AGAIN, count=count, outage_s=outage_s)
