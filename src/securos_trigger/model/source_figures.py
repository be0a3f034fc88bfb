"""What a source counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SourceFigures:
    """What a source counts besides frames.

    `frozen_since_at_ticks`: since when its images have all been the same (`time.monotonic()`); None: they are not.
    `times_unusable_since_at_ticks`: since when its time stamps cannot be used (`time.monotonic()`); None: they can.
    `times_unusable_reason`: why not, in a few words that follow "its time stamps"; empty: they can be used.
    `moved_at_ticks`: when two of its images were last seen that are not the same; None: no two were yet.
    """

    decode_errors: int = 0
    frames_left_out: int = 0
    times_lost: int = 0
    frozen_since_at_ticks: float | None = None
    moved_at_ticks: float | None = None
    times_unusable_since_at_ticks: float | None = None
    times_unusable_reason: str = ""
