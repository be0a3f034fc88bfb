"""Where frames come from: files, RTSP cameras, cameras at this machine. All through PyAV.

A file is read in the caller's thread, frame by frame, none left out. A live source is read in a thread of its own
and reconnected for ever; a pipeline that is too slow for it gets the newest frames, and those left out are counted.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import av
from av.container import InputContainer

from securos_trigger.errors import VideoError
from securos_trigger.model import Frame
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.notices.source_outage import SourceOutage
from securos_trigger.pipeline.ports import Source
from securos_trigger.system.worker import Worker
from securos_trigger.video.containers import (
    NO_FRAME,
    UnreadableStreamError,
    has_own_times,
    images_of,
    live_images_of,
    open_rtsp,
    open_stream,
    open_usb,
    stated_rate_of,
    usual_step_of,
    video_of,
)
from securos_trigger.video.file_times import FileTimes
from securos_trigger.video.frame_times import Pace
from securos_trigger.video.image_watch import ImageWatch
from securos_trigger.video.left_out_watch import LeftOutWatch
from securos_trigger.video.live_times import LiveTimes
from securos_trigger.video.named_pipe import opened_file
from securos_trigger.video.reasons import reason_of_file, reason_of_stream
from securos_trigger.video.settings import (
    FileSourceSettings,
    RtspSourceSettings,
    SourceSettings,
    StreamSourceSettings,
    UsbSourceSettings,
)

_log = logging.getLogger("securos_trigger.video")

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
# Frames of a live source that may wait for the pipeline: enough for a hiccup, too few for a delay one could see.
_WAITING_FRAMES = 8
_LOOK_FOR_STOP_S = 0.1
# A stream may begin with some frames without time stamps; with more, it has none.
_FRAMES_BEFORE_REPORT = 5


def source_of(settings: SourceSettings, announcer: Announcer) -> Source:
    """The source that these settings describe. Nothing is opened before the first frame is asked for."""
    match settings:
        case FileSourceSettings():
            return FileSource(settings, announcer)
        case RtspSourceSettings():
            return _live(settings, partial(open_rtsp, settings), announcer)
        case StreamSourceSettings():
            return _live(settings, partial(open_stream, settings), announcer)
        case UsbSourceSettings():
            return _live(settings, partial(open_usb, settings), announcer)


def _live(
    settings: RtspSourceSettings | StreamSourceSettings | UsbSourceSettings,
    open_container: Callable[[], InputContainer],
    announcer: Announcer,
) -> Source:
    return LiveSource(settings.source_name, open_container, announcer, settings.timeout_s, settings.frozen_after_s)


class FileSource:
    """Reads a file. `at` is the image's own time stamp (PTS) in seconds; with `loop` it begins again at each turn.

    A file without time stamps, or with stamps that are no clock, is counted at its rate: `source_times_made_up`.
    """

    def __init__(self, settings: FileSourceSettings, announcer: Announcer | None = None) -> None:
        self.name = settings.source_name
        self.is_live = False
        self.figures = SourceFigures()
        self._settings = settings
        self._announcer = announcer or Announcer()
        self._about = {"pipeline": self._announcer.pipeline, "source": self.name}
        self._times = FileTimes(self.name, self._report_made_up)
        self._pace = Pace(self._report_behind, self.figures)
        self._has_reported_made_up = self._has_reported_end = False
        self._is_without_frames = True

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Every frame of the file, at its own speed when `realtime` is set."""
        is_going = True
        while is_going:
            for frame in self._frames_once(stop):
                yield frame
                if stop.is_set():
                    return
            is_going = self._settings.loop and not stop.is_set()

    def _frames_once(self, stop: threading.Event) -> Iterator[Frame]:
        for image, stamp in self._images(stop):
            moment = self._times.moment(stamp)
            if self._settings.realtime:
                if stop.wait(self._pace.wait_s(moment.at)):
                    return
                moment = moment._replace(captured_at=datetime.now(UTC))
            yield Frame(moment, image)

    def _images(self, stop: threading.Event) -> Iterator[tuple[Any, float | None]]:
        """The images and their time stamps in seconds. Whatever goes wrong is a VideoError in one sentence."""
        path = self._settings.path
        try:
            with opened_file(path, stop) as file, av.open(file, "r") as container:
                if (stream := video_of(container)) is None:
                    raise VideoError(f"The file {path} has no video in it.")
                stream.thread_type = "AUTO"
                yield from self._stamped(container, stream)
                if not stop.is_set():
                    self._look_back()
        except UnreadableStreamError as error:
            raise VideoError(f"The video {path} cannot be read to its end: {error}") from error
        except VideoError:
            raise
        except (av.FFmpegError, OSError) as error:
            if stop.is_set():  # a pipe ends then wherever its writer is
                return
            raise VideoError(f"The video {path} cannot be read: {reason_of_file(error, path)}") from error
        except Exception as error:
            raise VideoError(f"The video {path} cannot be read: {name_of_bug(error)}") from error

    def _stamped(self, container: InputContainer, stream: Any) -> Iterator[tuple[Any, float | None]]:
        rate = self._settings.frames_per_s or stated_rate_of(stream)
        self._times.begin(rate, usual_step_of(self._settings.path, stream))
        has_stamps, self._is_without_frames = False, True
        is_raw = not has_own_times(container)
        for number, image in enumerate(images_of(container, self.figures, self.name)):
            self._is_without_frames = False
            has_stamps = has_stamps or (image.time is not None and not is_raw)
            if not has_stamps and (is_raw or number == _FRAMES_BEFORE_REPORT):
                self._report_made_up(rate, "the format has none" if is_raw else "the first frames have none")
            yield image, (None if image.time is None else float(image.time)) if has_stamps else number / rate

    def _look_back(self) -> None:
        if self._is_without_frames:
            raise VideoError(f"The video {self._settings.path} {NO_FRAME}.")
        if self.figures.is_mostly_damaged:
            raise VideoError(f"The video {self._settings.path} cannot be read: {self.figures.damage}.")
        if self.figures.ended_early and not self._has_reported_end:
            self._has_reported_end = True
            self._announcer.announce(kinds.SOURCE_ENDED_EARLY, **self._about, reason=self.figures.ended_early)

    def _report_made_up(self, rate: float, reason: str) -> None:
        before, self._has_reported_made_up = self._has_reported_made_up, True
        if not before:
            about = {"source": self.name, "frames_per_s": round(rate, 3), "reason": reason}
            self._announcer.announce(kinds.SOURCE_TIMES_MADE_UP, **about)

    def _report_behind(self, behind_s: float) -> None:
        self._announcer.announce(kinds.SOURCE_BEHIND, **self._about, behind_s=round(behind_s, 1), reason="")


class LiveSource:
    """Reads a camera, and reconnects when it is lost: after 1 s, then 2, 4 … up to every 30 s.

    Announces `source_lost` once for each outage, each further reason once, and `source_recovered` at its end;
    `source_frozen` when one image comes over and over for `frozen_after_s` seconds (0: that is not looked at).
    """

    def __init__(
        self,
        name: str,
        open_container: Callable[[], InputContainer],
        announcer: Announcer,
        timeout_s: float = 10.0,
        frozen_after_s: float = 0.0,
    ) -> None:
        self.name = name
        self._timeout_s = timeout_s
        self.is_live = True
        self.figures = SourceFigures()
        self._open_container = open_container
        self._announcer = announcer
        self._image_watch = ImageWatch(name, self.figures, announcer, frozen_after_s)
        self._left_out_watch = LeftOutWatch(name, announcer)
        self._waiting: queue.Queue[Frame] = queue.Queue(_WAITING_FRAMES)
        self._pause_s = _FIRST_PAUSE_S
        self._reader: Worker | None = None
        self._frames_read = 0
        self._about = {"pipeline": announcer.pipeline, "source": name}
        self._outage = SourceOutage()
        self._times = LiveTimes(name, self.figures, announcer)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """The newest frames, for ever. Ends within a tenth of a second of `stop`."""
        self._reader = reader = Worker(f"source-{self.name}", self._read_and_pause, self._announcer)
        self._pause_s = _FIRST_PAUSE_S
        reader.start()
        try:
            while not stop.is_set():
                try:
                    frame = self._waiting.get(timeout=_LOOK_FOR_STOP_S)
                except queue.Empty:
                    if not reader.is_alive:
                        raise RuntimeError(f'the reader of the source "{self.name}" has ended') from None
                    continue
                yield frame
        finally:
            reader.close(timeout_s=0.5)  # FFmpeg may be waiting for the camera; it is not waited for

    def _read_and_pause(self, closing: threading.Event) -> None:
        """One connection: read it to its end, say that it is lost, and pause before the next."""
        frames_before = self._frames_read
        reason = self._read_once(closing)
        if closing.is_set():
            return
        if self._frames_read > frames_before:
            self._pause_s = _FIRST_PAUSE_S
        if notice := self._outage.lost(reason, self._times.last_at_ticks):
            is_first = notice[0] is kinds.SOURCE_LOST
            self.figures.times_lost += is_first
            outage = {"outage_s": self._times.silent_s} if is_first else {}
            self._announcer.announce(*notice, **self._about, reason=reason, **outage)
        closing.wait(self._pause_s)
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _read_once(self, closing: threading.Event) -> str:
        """Read until the stream ends. Returns why it ended, without the address (it may hold a password)."""
        try:
            with self._open_container() as container:
                if video_of(container) is None:
                    return "there is no video in the stream"
                self._times.begin()
                self._left_out_watch.begin()
                # A playlist comes segment by segment: read at once, most frames of each would be left out.
                pace = Pace() if container.format.name.startswith("hls") else None
                for image, held_s in live_images_of(container, self.figures, self.name, self._timeout_s):
                    if closing.wait(pace.wait_s(image.time) if pace and image.time is not None else 0.0):
                        return "closed"
                    self._hand_on(image, held_s)
        except (av.FFmpegError, OSError) as error:
            return reason_of_stream(error)
        except UnreadableStreamError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  whatever a library raises, a camera is worth another try
            return self._fault(error)
        return "the stream ended"

    def _fault(self, error: Exception) -> str:
        """One sentence about an error that is not expected, and its traceback in the log unless it holds an address."""
        has_address = "://" in str(error)
        _log.error("source_fault source=%s", self.name, exc_info=None if has_address else error)
        return f"an unexpected error while it was read: {type(error).__name__ if has_address else name_of_bug(error)}"

    def _hand_on(self, image: Any, held_s: float) -> None:
        self._frames_read += 1
        if self._reader is not None:
            self._reader.failures.note_success()
        if (outage_s := self._outage.over(digits=1)) is not None:
            self._announcer.announce(kinds.SOURCE_RECOVERED, **self._about, outage_s=outage_s)
        self._image_watch.see(image)
        frame = Frame(self._times.moment(None if image.time is None else float(image.time), held_s), image)
        left_out_before = self.figures.frames_left_out
        while True:
            try:
                self._waiting.put_nowait(frame)
            except queue.Full:
                self._drop_oldest()
            else:
                self._left_out_watch.note(self.figures.frames_left_out - left_out_before)
                return

    def _drop_oldest(self) -> None:
        try:
            self._waiting.get_nowait()
        except queue.Empty:
            return
        self.figures.frames_left_out += 1
        self.figures.frames_left_out_at_start += self._left_out_watch.is_starting
