"""Watches the images of a live source: whether they are frozen, and whether their size changes."""

from __future__ import annotations

import time
import zlib
from typing import Any, Final

import numpy as np

from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, kinds

_LOOK_EVERY_S: Final = 1.0
_LINES: Final = 4
# No image for longer than this, and for longer than this many of the distances between images: the source was away.
_AWAY_S: Final = 10.0
_AWAY_IMAGES: Final = 3


class ImageWatch:
    """Announces what is odd about the images of a source. `see` each image.

    Images are frozen that have been the same for `frozen_after_s` seconds (0: none is compared): the sensor, the
    encoder or the recorder hangs, and every frame comes. A real camera never gives the same image for long, also at
    night: its sensor has noise. One image a second is compared. While the source was away there was no image: that
    time is not counted.
    """

    def __init__(self, source: str, figures: SourceFigures, announcer: Announcer, frozen_after_s: float) -> None:
        self._about = {"pipeline": announcer.pipeline, "source": source}
        self._figures = figures
        self._announcer = announcer
        self._frozen_after_s = frozen_after_s
        self._look_at_ticks = 0.0
        self._checksum: int | None = None
        self._same_since_at_ticks = 0.0
        self._size: tuple[int, int] | None = None
        self._seen_at_ticks: float | None = None
        self._apart_s: float | None = None  # the last distance between two images

    def see(self, image: Any) -> None:
        """Look at an image. `moved_at_ticks` of the figures: the last time that two images were not the same."""
        size = (image.width, image.height)
        if size != self._size:
            self._note_size(size)
        now_s = time.monotonic()
        self._note_gap(now_s)
        if self._frozen_after_s and now_s >= self._look_at_ticks:
            self._look_at_ticks = now_s + _LOOK_EVERY_S
            self._compare(_checksum(image), now_s)
        elif not self._frozen_after_s:
            self._figures.moved_at_ticks = now_s

    def _note_gap(self, now_s: float) -> None:
        if self._seen_at_ticks is not None:
            apart_s, before_s = now_s - self._seen_at_ticks, self._apart_s
            if before_s is not None and apart_s > max(_AWAY_S, _AWAY_IMAGES * before_s):
                self._same_since_at_ticks += apart_s
            self._apart_s = apart_s
        self._seen_at_ticks = now_s

    def _note_size(self, size: tuple[int, int]) -> None:
        before, self._size = self._size, size
        if before is not None:
            change = "{}x{} to {}x{}".format(*before, *size)
            reason = f"{change}: lines and zones in pixels are now in other places of the scene"
            self._announcer.announce(kinds.SOURCE_SIZE_CHANGED, **self._about, reason=reason)

    def _compare(self, checksum: int, now_s: float) -> None:
        if checksum != self._checksum:
            if self._checksum is not None:
                self._figures.moved_at_ticks = now_s
            self._checksum, self._same_since_at_ticks = checksum, now_s
        same_s = now_s - self._same_since_at_ticks
        frozen_since = self._figures.frozen_since_at_ticks
        if frozen_since is None and same_s >= self._frozen_after_s:
            self._figures.frozen_since_at_ticks = self._same_since_at_ticks
            reason = f"its images have been the same for {round(same_s)} s"
            self._announcer.announce(kinds.SOURCE_FROZEN, **self._about, reason=reason)
        elif frozen_since is not None and same_s < self._frozen_after_s:
            self._figures.frozen_since_at_ticks = None
            outage_s = round(now_s - frozen_since, 1)
            self._announcer.announce(kinds.SOURCE_MOVES_AGAIN, **self._about, outage_s=outage_s)


def _checksum(image: Any) -> int:
    """A checksum of each fourth line of the first plane: of the brightness, or of all colours if there is one plane."""
    plane = image.planes[0]
    if plane.line_size < 0:  # the lines stand from the last to the first in memory, as FFmpeg's vflip leaves them
        return zlib.crc32(image.to_ndarray(format="gray")[::_LINES].tobytes())
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    has_one_plane = len(image.planes) == 1
    pixel_bits = image.format.padded_bits_per_pixel if has_one_plane else image.format.components[0].bits
    line_bytes = plane.width * -(-pixel_bits // 8)  # what stands behind it in a line is not of the image
    return zlib.crc32(lines[::_LINES, :line_bytes].tobytes())
