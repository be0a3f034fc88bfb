"""What a source counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SourceFigures:
    """What a source counts besides frames."""

    decode_errors: int = 0
    frames_left_out: int = 0
    times_lost: int = 0
