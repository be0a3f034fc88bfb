"""Whether the messages of an input come faster than they are dealt with, and since when."""

from __future__ import annotations

from typing import Final

from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, kinds

#: This many seconds in a row more messages must have waited than one transaction takes.
BEHIND_AFTER_S: Final = 10.0


class Backlog:
    """Announces that an input is behind, once, and that it has caught up; `figures` follow it.

    Used by the pipeline's thread.
    """

    def __init__(self, source_name: str, announcer: Announcer, figures: SourceFigures) -> None:
        self._figures = figures
        self._about = {"pipeline": announcer.pipeline, "source": source_name}
        self._announcer = announcer
        self._since_ticks: float | None = None
        self._is_announced = False

    def note(self, now_ticks: float, *, is_full: bool) -> None:
        """Take whether as many messages waited as one transaction takes; `now_ticks` is on the monotonic clock."""
        since_ticks = self._since_ticks
        if is_full:
            self._since_ticks = since_ticks = now_ticks if since_ticks is None else since_ticks
            if not self._is_announced and now_ticks - since_ticks >= BEHIND_AFTER_S:
                self._is_announced = True
                behind_s = round(now_ticks - since_ticks, 1)
                self._announcer.announce(kinds.SOURCE_BEHIND, **self._about, behind_s=behind_s, reason="")
            if self._is_announced:
                self._figures.behind_s, self._figures.behind_at_ticks = now_ticks - since_ticks, now_ticks
            return
        if self._is_announced and since_ticks is not None:
            outage_s = round(now_ticks - since_ticks, 1)
            self._announcer.announce(kinds.SOURCE_CAUGHT_UP, **self._about, outage_s=outage_s)
            self._figures.behind_at_ticks = None
        self._since_ticks, self._is_announced = None, False
