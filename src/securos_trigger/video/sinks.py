"""Where frames go: into an MP4 file, as they are or with what the nodes saw drawn over them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np

from securos_trigger.errors import VideoError
from securos_trigger.model import Event, Frame
from securos_trigger.model.overlays import Overlay
from securos_trigger.pipeline.ports import Sink
from securos_trigger.system.output_file import OutputFile
from securos_trigger.video.annotate import Annotator
from securos_trigger.video.settings import AnnotatedSinkSettings, FileSinkSettings

_TICKS_PER_S = 90_000
# How far apart two frames are put when media time gives no step (a jump back).
_USUAL_STEP_TICKS = _TICKS_PER_S // 25
# A file in fragments can be played up to its last second even if the process was killed.
_MP4_OPTIONS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def sink_of(settings: FileSinkSettings | AnnotatedSinkSettings, overlays: Sequence[Overlay]) -> Sink:
    """The sink that these settings describe."""
    match settings:
        case FileSinkSettings():
            return FileSink(settings)
        case AnnotatedSinkSettings():
            return AnnotatedSink(settings, overlays)


class FileSink:
    """Writes the images to an H.264 MP4 file, at their own times."""

    def __init__(self, settings: FileSinkSettings) -> None:
        self._file = _VideoFile(settings)

    def write(self, frame: Frame, events: Sequence[Event]) -> None:
        """Encode the image."""
        self._file.write(frame.require_image(), frame.at)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class AnnotatedSink:
    """Writes the images with boxes, lines, zones and events drawn over them. The frame's image stays clean."""

    def __init__(self, settings: AnnotatedSinkSettings, overlays: Sequence[Overlay]) -> None:
        self._file = _VideoFile(settings)
        self._annotator = Annotator(overlays, settings.banner_s)

    def write(self, frame: Frame, events: Sequence[Event]) -> None:
        """Draw on a copy and encode it."""
        image = self._annotator.draw(frame, events)
        self._file.write(av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24"), frame.at)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class _VideoFile:
    """An H.264 MP4 file, opened with the first image. Times start at 0 and never step back.

    Until it is finished its name ends in `.partial` (see `OutputFile`).
    """

    def __init__(self, settings: FileSinkSettings | AnnotatedSinkSettings) -> None:
        self._path = settings.path
        self._existing = settings.existing
        self._quality = settings.quality
        self._output: OutputFile | None = None
        self._container: Any = None
        self._stream: Any = None
        self._shift_ticks = 0
        self._last_ticks = -1

    def write(self, image: Any, at: float) -> None:
        """Encode one image that belongs to media time `at` (seconds)."""
        try:
            if self._container is None:
                self._open(image, at)
            stream = self._stream
            fitting = image.reformat(width=stream.width, height=stream.height, format="yuv420p")
            self._encode(fitting, self._ticks(at))
        except (av.FFmpegError, OSError) as error:
            raise VideoError(f"The video {self._path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Write what the encoder still holds and finish the file."""
        if self._container is None or self._output is None:
            return
        container, self._container = self._container, None
        try:
            container.mux(self._stream.encode(None))
            container.close()
            self._output.finish()
        except (av.FFmpegError, OSError) as error:
            raise VideoError(f"The video {self._path} cannot be finished: {error.strerror}") from error
        finally:
            self._output.leave()

    def _open(self, image: Any, at: float) -> None:
        output = OutputFile(self._path, self._existing)
        try:
            self._start(output, image)
        except BaseException:
            output.discard()  # nothing is in it
            raise
        self._output = output
        self._shift_ticks = -round(at * _TICKS_PER_S)

    def _start(self, output: OutputFile, image: Any) -> None:
        container = av.open(output.file, "w", format="mp4", options=_MP4_OPTIONS)
        stream = container.add_stream("libx264", rate=25)
        # H.264 with half the colour resolution has even sides only.
        stream.width, stream.height = image.width // 2 * 2, image.height // 2 * 2
        stream.pix_fmt = "yuv420p"
        # Without B-frames the first image stands at 0, also in a file in fragments.
        stream.options = {"crf": str(self._quality), "preset": "veryfast", "bf": "0"}
        stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        container.start_encoding()
        self._container, self._stream = container, stream

    def _ticks(self, at: float) -> int:
        ticks = round(at * _TICKS_PER_S) + self._shift_ticks
        if ticks <= self._last_ticks:
            self._shift_ticks += self._last_ticks + _USUAL_STEP_TICKS - ticks
            ticks = self._last_ticks + _USUAL_STEP_TICKS
        self._last_ticks = ticks
        return ticks

    def _encode(self, image: Any, ticks: int) -> None:
        # The image may be the decoder's own, shared with others: it is lent to the encoder and given back unchanged.
        kept = image.pts, image.time_base or Fraction(0, 1), image.pict_type
        image.pts, image.time_base, image.pict_type = ticks, Fraction(1, _TICKS_PER_S), 0
        try:
            packets = self._stream.encode(image)
        finally:
            image.pts, image.time_base, image.pict_type = kept
        self._container.mux(packets)
