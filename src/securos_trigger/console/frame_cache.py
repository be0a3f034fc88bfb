"""The newest frame of each pipeline that is looked at: asked for and written once, however many people look."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from securos_trigger.errors import SecurosTriggerError
from securos_trigger.operations.frames import ShownFrame, newest_frame

#: A frame is shown for this long before the next one is asked for: two and a half a second, for all viewers together.
FRESH_S: Final = 0.4
#: Widths that images are scaled to: a wish gets the next larger one, so that people share images.
WIDTHS: Final = (320, 640, 960, 1280)
#: Of more than this many pipelines and widths, the one that was asked for longest ago is dropped. A tile of 480 pixels
#: takes about 30 kB: with `KEPT_IMAGES` of each 30 MB. Were every one 1280 wide, about 200 kB, it would be 200 MB.
MAX_KEPT: Final = 256
#: Images of one pipeline and width that are kept by number: a page asks for that of the frame it was given before.
KEPT_IMAGES: Final = 4

Key: TypeAlias = tuple[str, str, int]


@dataclass(slots=True)
class _Kept:
    """A frame, and when it was asked for. The lock is held while it is: the others wait and get the same one.

    They get the same failure, too: were each to ask a service that hangs, the last one would wait for all of them.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_at_ticks: float = float("-inf")
    failed_at_ticks: float = float("-inf")
    failure: SecurosTriggerError | None = None
    frame: ShownFrame | None = None
    body: bytes = b""
    shown: deque[ShownFrame] = field(default_factory=lambda: deque(maxlen=KEPT_IMAGES))  # the newest first


class FrameCache:
    """Asks the service of a configuration for frames. From any thread.

    An image and what the nodes saw come in one answer of the service, so that both are of one frame. A width of 0 asks
    for no image.
    """

    def __init__(self, config: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()  # that which was asked for last at the end
        self._lock = threading.Lock()

    def frame(self, pipeline: str, camera: str, max_width: int = 0) -> ShownFrame | None:
        """The newest frame, with an image of about this width (0: none). None: the service does not run.

        NotFoundError: no such pipeline runs. OutboxError: the service does not answer.
        """
        return self._filled(_key(pipeline, camera, max_width)).frame

    def body(self, pipeline: str, camera: str, max_width: int = 0) -> bytes | None:
        """The same frame without its image as JSON, as a page gets it. None and errors as for `frame`."""
        return self._filled(_key(pipeline, camera, max_width)).body or None

    def shown_frame(self, pipeline: str, camera: str, max_width: int, number: int) -> ShownFrame | None:
        """The frame of this number, if its body was asked for a moment ago; None: it is not kept. Never waits."""
        kept = self._kept.get(_key(pipeline, camera, max_width))
        return None if kept is None else next((one for one in tuple(kept.shown) if one.number == number), None)

    def fresh_frame(self, pipeline: str, camera: str, max_width: int) -> ShownFrame | None:
        """The frame that is kept and new enough to be shown once more; None: `frame` has to be asked. Never waits."""
        kept = self._kept.get(_key(pipeline, camera, max_width))
        return kept.frame if kept is not None and self._is_fresh(kept) else None

    def fresh_body(self, pipeline: str, camera: str, max_width: int = 0) -> bytes | None:
        """The same for `body`."""
        kept = self._kept.get(_key(pipeline, camera, max_width))
        return kept.body or None if kept is not None and self._is_fresh(kept) else None

    def _filled(self, key: Key) -> _Kept:
        kept, came_at_ticks = self._entry(key), self._clock()
        with kept.lock:
            if kept.failure is not None and kept.failed_at_ticks >= came_at_ticks:
                raise kept.failure.with_traceback(None)
            if not self._is_fresh(kept):
                self._ask(key, kept)
            return kept

    def _ask(self, key: Key, kept: _Kept) -> None:
        pipeline, camera, width = key
        known, kept.asked_at_ticks, kept.failure = kept.frame, float("-inf"), None
        try:
            found = newest_frame(self._config, pipeline, camera, max_width=width, known=known)
        except SecurosTriggerError as error:
            kept.failure, kept.failed_at_ticks = error, self._clock()
            raise
        if found is not known or found is None:
            kept.body = b"" if found is None else json.dumps(found.to_json(), separators=(",", ":")).encode()
            kept.frame = found
            if found is not None and width:
                kept.shown.appendleft(found)
        kept.asked_at_ticks = self._clock()

    def _is_fresh(self, kept: _Kept) -> bool:
        return self._clock() - kept.asked_at_ticks < FRESH_S

    def _entry(self, key: Key) -> _Kept:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            else:
                while len(self._kept) >= MAX_KEPT:
                    self._kept.popitem(last=False)
                self._kept[key] = _Kept()
            return self._kept[key]


def _key(pipeline: str, camera: str, max_width: int) -> Key:
    return pipeline, camera, next((one for one in WIDTHS if one >= max_width), WIDTHS[-1]) if max_width else 0
