"""How fast frames are read now, and how long a source may give none before it counts as silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: The present speed is that of the last window of this length, in seconds.
WINDOW_S: Final = 5.0
# A source is silent after this many of its own distances between frames; within these limits, in seconds.
_SILENT_AFTER_FRAMES: Final = 3
_SILENT_AFTER_S: Final = 3.0
_SILENT_AT_LAST_AFTER_S: Final = 60.0
# While the pace of a source is not known.
_SILENT_IF_UNKNOWN_AFTER_S: Final = 10.0


@dataclass(slots=True)
class Speed:
    """Frames a second of the last whole window. The loop begins a window; any thread may ask.

    `last` is the speed of the last window, `before` that of the one before; None: there was none.
    """

    until_s: float = 0.0
    began_at_ticks: float = 0.0
    frames_before: int = 0
    last: float | None = None
    before: float | None = None

    def begin_window(self, now_s: float, frames: int) -> None:
        """A window is over at the frame with this number."""
        if self.until_s:
            self.before = self.last
            self.last = (frames - self.frames_before) / (now_s - self.began_at_ticks)
        self.until_s, self.began_at_ticks, self.frames_before = now_s + WINDOW_S, now_s, frames

    def at(self, now_s: float, frames: int) -> float:
        """The speed now: of the last window, or of the present one when it is the first or no frame ends it."""
        elapsed_s = now_s - self.began_at_ticks
        if self.last is not None and elapsed_s < 2 * WINDOW_S:
            return self.last
        return (frames - self.frames_before) / elapsed_s if self.until_s and elapsed_s > 0 else 0.0

    def silent_after_s(self) -> float:
        """After how many seconds without a frame the source counts as silent: a slow one later than a fast one.

        Of the last two windows the faster one counts: one of them may have an interruption in it.
        """
        fastest = max(self.last or 0.0, self.before or 0.0)
        if not fastest:
            return _SILENT_IF_UNKNOWN_AFTER_S
        return min(_SILENT_AT_LAST_AFTER_S, max(_SILENT_AFTER_S, _SILENT_AFTER_FRAMES / fastest))
