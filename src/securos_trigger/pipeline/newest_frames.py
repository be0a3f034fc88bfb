"""The newest frame of each source of a pipeline, for a person who looks at it. Costs the pipeline next to nothing."""

from __future__ import annotations

from typing import Final

from securos_trigger.model import Frame

#: A pipeline with more sources keeps the newest frame of these many only.
MAX_SOURCES: Final = 256


class NewestFrames:
    """Keeps the newest frame of each source with its number. The loop of one pipeline keeps; any thread may ask.

    The frame is the one that went through the pipeline, and is not to be changed.
    """

    def __init__(self) -> None:
        self._frames: dict[str, tuple[int, Frame]] = {}

    def keep(self, frame: Frame, number: int) -> None:
        """Keep a frame that has gone through every step."""
        source_name = frame.moment.source_name
        if source_name in self._frames or len(self._frames) < MAX_SOURCES:
            self._frames[source_name] = (number, frame)

    def of(self, source_name: str = "") -> tuple[int, Frame] | None:
        """The newest frame of a source and its number; of all sources when none is named. None: there was none."""
        if source_name:
            return self._frames.get(source_name)
        return max(list(self._frames.values()), key=lambda kept: kept[0], default=None)
