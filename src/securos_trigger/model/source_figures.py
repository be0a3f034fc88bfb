"""What a source counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A source that was behind counts as behind for this long, in seconds: a file that begins again is not at once.
_BEHIND_LATELY_S: Final = 60.0


@dataclass(slots=True)
class SourceFigures:
    """What a source counts besides frames.

    `frozen_since_at_ticks`: since when its images have all been the same (`time.monotonic()`); None: they are not.
    `frames_left_out_at_start`: those of `frames_left_out` that came in the first seconds of a connection, when a camera
    sends at once what it has stored: they say nothing about the speed of this machine.
    `times_unusable_since_at_ticks`: since when its time stamps cannot be used (`time.monotonic()`); None: they can.
    `times_unusable_reason`: why not, in a few words that follow "its time stamps"; empty: they can be used.
    `damaged_since_at_ticks`: since when a part of its video is damaged (`time.monotonic()`); None: it is not.
    `damaged_share`: which part, 0 to 1, as it was measured last.
    `behind_s`: how far it was behind at `behind_at_ticks` (`time.monotonic()`), in seconds; None: it is not.
    `ended_early`: why a file was not read to the end that it should have, in a few words; empty: nothing says so.
    `damage`: how much of a file that was read to its end is damaged, in a few words; empty: less than a tenth.
    `is_mostly_damaged`: more than half of it is.
    `moved_at_ticks`: when two of its images were last seen that are not the same; None: no two were yet.
    """

    decode_errors: int = 0
    ended_early: str = ""
    damage: str = ""
    is_mostly_damaged: bool = False
    frames_left_out: int = 0
    frames_left_out_at_start: int = 0
    times_lost: int = 0
    frozen_since_at_ticks: float | None = None
    moved_at_ticks: float | None = None
    times_unusable_since_at_ticks: float | None = None
    times_unusable_reason: str = ""
    damaged_since_at_ticks: float | None = None
    damaged_share: float = 0.0
    behind_s: float = 0.0
    behind_at_ticks: float | None = None

    def behind_lately_s(self, now_ticks: float) -> float:
        """How far the source is behind, in seconds, as seen last; 0: it is not, or was not for a minute."""
        at_ticks = self.behind_at_ticks
        return self.behind_s if at_ticks is not None and now_ticks - at_ticks <= _BEHIND_LATELY_S else 0.0
