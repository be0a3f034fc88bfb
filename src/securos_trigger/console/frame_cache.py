"""The newest frame of each pipeline that is looked at: asked for once, however many people look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from securos_trigger.operations.frames import ShownFrame, newest_frame

#: A frame is shown for this long before the next one is asked for: five a second.
FRESH_S: Final = 0.2
#: Widths that images are scaled to: a wish gets the next larger one, so that people share images.
WIDTHS: Final = (320, 640, 960, 1280)
MAX_KEPT: Final = 64


@dataclass(slots=True)
class _Kept:
    """A frame, and when it was asked for. The lock is held while it is: the others wait and get the same one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_at_ticks: float = float("-inf")
    frame: ShownFrame | None = None


class FrameCache:
    """Asks the service of a configuration for frames. From any thread."""

    def __init__(self, config: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._kept: dict[tuple[str, str, int], _Kept] = {}
        self._lock = threading.Lock()

    def frame(self, pipeline: str, camera: str, max_width: int = 0) -> ShownFrame | None:
        """The newest frame, with an image of about this width (0: none). None: the service does not run.

        OutboxError: it has no such pipeline, or does not answer.
        """
        width = next((one for one in WIDTHS if one >= max_width), WIDTHS[-1]) if max_width else 0
        kept = self._entry((pipeline, camera, width))
        with kept.lock:
            if self._clock() - kept.asked_at_ticks >= FRESH_S:
                kept.frame = newest_frame(self._config, pipeline, camera, max_width=width)
                kept.asked_at_ticks = self._clock()
            return kept.frame

    def _entry(self, key: tuple[str, str, int]) -> _Kept:
        with self._lock:
            if key not in self._kept:
                while len(self._kept) >= MAX_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = _Kept()
            return self._kept[key]
