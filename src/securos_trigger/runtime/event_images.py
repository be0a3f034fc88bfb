"""Keeps an image of each event, in a thread of its own: neither the video nor an event ever waits for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from securos_trigger.config.images_settings import images_path
from securos_trigger.model import Decision, Event, Frame
from securos_trigger.notices import Announcer, kinds
from securos_trigger.runtime.image_folder import ImageFolder
from securos_trigger.system.closing import Closeable
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.worker import Worker

if TYPE_CHECKING:
    from securos_trigger.config.images_settings import ImagesSettings
    from securos_trigger.config.settings import Settings
    from securos_trigger.pipeline.steps import Trigger

#: Frames that wait for their JPEG. Each holds a whole decoded image.
MAX_WAITING: Final = 8
TIDY_EVERY_S: Final = 600.0
#: How often it is announced that images are left out because events come too fast.
_ANNOUNCE_EVERY_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.5
_DAY_S: Final = 86_400.0
_MEGABYTE: Final = 1024**2


class _Taken(NamedTuple):
    image: Any
    events: Sequence[Event]


class EventImages(Closeable):
    """Takes frames on which events fired, from any thread, and keeps their images.

    What cannot be kept is left out and counted: `images_failing` when the disk begins to take none, `images_recovered`
    when it does again, `images_dropped` while events come faster than images can be made.
    """

    def __init__(self, folder: ImageFolder, settings: ImagesSettings, announcer: Announcer) -> None:
        self._folder = folder
        self._settings = settings
        self._announcer = announcer
        self._max_bytes = settings.max_size_mb * _MEGABYTE
        self._queue: SimpleQueue[_Taken] = SimpleQueue()
        self._counting = threading.Lock()
        self._dropped = 0
        self._failed = 0
        self._trouble = ""
        self._announce_at_ticks = self._tidy_at_ticks = float("-inf")
        self._size_bytes = 0
        self._worker = Worker("event-images", self._turn, announcer, last=self._finish)
        self._worker.start()

    def after(self, decide: Trigger) -> Trigger:
        """Decide in the same way, and keep the image of a frame on which something fires."""

        def with_image(frame: Frame) -> Decision:
            decision = decide(frame)
            if decision.events and frame.image is not None:
                self.take(frame.image, decision.events)
            return decision

        return with_image

    def take(self, image: Any, events: Sequence[Event]) -> None:
        """Have the image of these events kept. Never blocks."""
        if self._queue.qsize() < MAX_WAITING:
            self._queue.put(_Taken(image, events))
            return
        with self._counting:
            self._dropped += len(events)

    def close(self) -> None:
        """Keep what waits, and end the thread."""
        self._worker.close()

    def _turn(self, closing: threading.Event) -> None:
        self._announce_dropped()
        if time.monotonic() >= self._tidy_at_ticks or self._size_bytes > self._max_bytes:
            self._tidy()
        try:
            taken = self._queue.get(timeout=_LOOK_EVERY_S)
        except Empty:
            return
        self._keep(taken)

    def _finish(self) -> None:
        while not self._queue.empty():
            self._keep(self._queue.get())
        self._announce_at_ticks = float("-inf")
        self._announce_dropped()

    def _keep(self, taken: _Taken) -> None:
        from securos_trigger.video.jpeg import jpeg_of

        jpeg = jpeg_of(taken.image, self._settings.max_width)
        for event in taken.events:
            try:
                self._size_bytes += self._folder.write(event.event_id, event.camera_ids, jpeg)
            except OSError as error:
                self._failed += 1
                self._note_trouble(reason_of(error))
            else:
                self._note_kept()

    def _tidy(self) -> None:
        self._tidy_at_ticks = time.monotonic() + TIDY_EVERY_S
        keep_s = self._settings.keep_days * _DAY_S
        try:
            self._size_bytes = self._folder.tidy(now_s=time.time(), keep_s=keep_s, max_bytes=self._max_bytes)
        except OSError as error:
            self._size_bytes = 0  # looked at again at the next time, not at once
            self._note_trouble(reason_of(error))

    def _note_trouble(self, why: str) -> None:
        if not self._trouble:
            self._trouble = why
            self._announcer.announce(kinds.IMAGES_FAILING, path=self._folder.path, reason=why)

    def _note_kept(self) -> None:
        if self._trouble:
            self._trouble = ""
            count, self._failed = self._failed, 0
            self._announcer.announce(kinds.IMAGES_RECOVERED, path=self._folder.path, count=count)

    def _announce_dropped(self) -> None:
        if self._dropped and time.monotonic() >= self._announce_at_ticks:
            self._announce_at_ticks = time.monotonic() + _ANNOUNCE_EVERY_S
            with self._counting:
                count, self._dropped = self._dropped, 0
            self._announcer.announce(kinds.IMAGES_DROPPED, path=self._folder.path, count=count)


def open_event_images(settings: Settings, announcer: Announcer) -> EventImages | None:
    """What keeps the images of events, where the configuration wants them."""
    if settings.images is None:
        return None
    return EventImages(ImageFolder(images_path(settings.outbox.path)), settings.images, announcer)
