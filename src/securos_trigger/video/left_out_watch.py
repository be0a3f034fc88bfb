"""Watches how many frames of a live source are left out, because they come faster than the nodes take them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from securos_trigger.notices import Announcer, kinds

#: Length of the time whose frames are judged together.
WINDOW_S: Final = 30.0
#: A camera sends at once what it has stored when a connection begins. Frames of this time are not judged. A machine
#: that is too slow still is after it.
START_S: Final = 10.0
#: From this share on an event may well be missed.
MOST: Final = 0.5


class LeftOutWatch:
    """Announces `source_behind` when half of the frames of a window or more were left out, `source_caught_up` after it.

    The reader of the source notes; no other thread.
    """

    def __init__(self, source: str, announcer: Announcer, ticks: Callable[[], float] = time.monotonic) -> None:
        self._about = {"pipeline": announcer.pipeline, "source": source}
        self._announcer = announcer
        self._ticks = ticks
        self._began_at_ticks: float | None = None
        self._connected_at_ticks = ticks()
        self._behind_since_at_ticks: float | None = None
        self._frames = self._left_out = 0

    def begin(self) -> None:
        """A connection begins: what came before it does not count with it."""
        self._began_at_ticks, self._frames, self._left_out = None, 0, 0
        self._connected_at_ticks = self._ticks()

    @property
    def is_starting(self) -> bool:
        """True in the first seconds of a connection: frames that are left out then may be those of a burst."""
        return self._ticks() - self._connected_at_ticks < START_S

    def note(self, left_out: int) -> None:
        """Take a frame that has come, and how many were left out for it."""
        now = self._ticks()
        if self.is_starting:
            return
        if self._began_at_ticks is None:
            self._began_at_ticks = now
        self._frames += 1
        self._left_out += left_out
        lasts_s = now - self._began_at_ticks
        if lasts_s >= WINDOW_S:
            self._judge(self._began_at_ticks, now, lasts_s)
            self._began_at_ticks, self._frames, self._left_out = now, 0, 0

    def _judge(self, began_at_ticks: float, now: float, lasts_s: float) -> None:
        is_behind, since = self._left_out >= MOST * self._frames, self._behind_since_at_ticks
        if is_behind and since is None:
            self._behind_since_at_ticks = began_at_ticks
            rates = f"{self._left_out / lasts_s:.1f} of {self._frames / lasts_s:.1f}"
            reason = f"{rates} frames a second are left out"
            self._announcer.announce(kinds.SOURCE_BEHIND, **self._about, behind_s="", reason=reason)
        elif not is_behind and since is not None:
            self._behind_since_at_ticks = None
            self._announcer.announce(kinds.SOURCE_CAUGHT_UP, **self._about, outage_s=round(now - since, 1))
