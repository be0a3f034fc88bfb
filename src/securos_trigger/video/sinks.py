"""Where frames go: into an MP4 file, as they are or with what the nodes saw drawn over them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np

from securos_trigger.errors import FramesLostError, VideoError
from securos_trigger.errors.wording import counted
from securos_trigger.model import Event, Frame
from securos_trigger.model.overlays import Overlay
from securos_trigger.pipeline.ports import Sink
from securos_trigger.system.output_file import OutputFile
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import advice_for
from securos_trigger.video.annotate import Annotator
from securos_trigger.video.settings import AnnotatedSinkSettings, FileSinkSettings

_TICKS_PER_S = 90_000
# The sides that an image may have for the encoder of H.264.
_SIDES = range(2, 16_385)
# How far apart two frames are put when media time gives no step (a jump back).
_USUAL_STEP_TICKS = _TICKS_PER_S // 25
# A file that cannot be written is tried again this often, and one that is written is looked for.
_TRY_AGAIN_AFTER_S = 1.0
_LOOK_EVERY_S = 1.0
# A file in fragments of a second (of media time, in microseconds) can be played up to its last seconds even if the
# process was killed, and a full disk is noticed with the next fragment, not with the next key frame.
_OTHER_SIZE = "take the sink out, or set another size in the camera or the program that makes the video"
_MP4_OPTIONS = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "1000000"}


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

    @property
    def has_worked(self) -> bool:
        """False after a fault until images are on the disk again."""
        return self._file.has_worked

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

    @property
    def has_worked(self) -> bool:
        """False after a fault until images are on the disk again."""
        return self._file.has_worked

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class _VideoFile:
    """An H.264 MP4 file, opened with the first image. Times start at 0 and never step back.

    Until it is finished its name ends in `.partial` (see `OutputFile`). What the disk did not take whole keeps that
    name, and the next images go into a new file, which is tried once a second.
    """

    def __init__(self, settings: FileSinkSettings | AnnotatedSinkSettings) -> None:
        self._path = settings.path
        self._existing = settings.existing
        self._quality = settings.quality
        self._output: OutputFile | None = None
        self._written: _Written | None = None
        #: False after a fault until images have reached the disk again.
        self.has_worked = True
        # Images of this file: taken, given to the container, and on the disk.
        self._taken = self._muxed = self._kept = self._kept_bytes = 0
        self._container: Any = None
        self._stream: Any = None
        self._shift_ticks = 0
        self._last_ticks = -1
        self._looked_at_ticks = 0.0
        #: What the last image failed with, until when (monotonic seconds) no other is tried.
        self._failure: tuple[VideoError, float] | None = None
        self._broken = 0
        self._last_fix = self._last_reason = ""

    def write(self, image: Any, at: float) -> None:
        """Encode one image that belongs to media time `at` (seconds). VideoError: it is not in a file."""
        if self._failure is not None:
            known, until_ticks = self._failure
            if time.monotonic() < until_ticks:
                raise VideoError(str(known), known.fix)
        try:
            if self._output is None:
                self._open(image, at)
            self._look()
            stream = self._stream
            fitting = image.reformat(width=stream.width, height=stream.height, format="yuv420p")
            self._encode(fitting, self._ticks(at))
        except (av.FFmpegError, OSError) as error:
            lost, left = self._taken - self._kept, self._abandon()
            failure = self._error("written", error, lost, left)
            self._failure = failure, time.monotonic() + _TRY_AGAIN_AFTER_S
            raise failure from error
        self._failure = None
        self._taken += 1

    def close(self) -> None:
        """Write what the encoder still holds and finish the file. VideoError: it, or an earlier part, is not whole."""
        if self._output is not None:
            output, container = self._output, self._container
            try:
                self._mux(self._stream.encode(None))
                container.close()
                if self._written is not None:
                    self._written.has_grown()
                self._keep(self._taken)
                output.finish()
            except (av.FFmpegError, OSError) as error:
                left = self._let_go(output, container)
                raise self._error("finished", error, self._taken - self._kept, left) from error
            finally:
                self._output = self._container = None
        if self._broken:
            what = f"The video {self._path} is not whole: {counted(self._broken, 'part')} of it could not be finished"
            raise VideoError(f"{what}: {self._last_reason}", self._last_fix)

    def _error(self, what: str, error: av.FFmpegError | OSError, lost: int, left: str) -> VideoError:
        of_system = OSError(error.errno, error.strerror)
        self._last_reason, self._last_fix = reason_of(of_system), advice_for(of_system, self._path)
        if left:
            self._last_reason += f"; its images until then are in {left}"
        text = f"The video {self._path} cannot be {what}: {self._last_reason}"
        return FramesLostError(text, self._last_fix, lost) if lost else VideoError(text, self._last_fix)

    def _mux(self, packets: Sequence[Any]) -> None:
        """Give them to the container. It writes a fragment when the packet after it comes; then the sink works."""
        for packet in packets:
            self._container.mux(packet)
            if self._written is not None and self._written.has_grown():
                self.has_worked = True
                self._keep(self._muxed)
            self._muxed += 1

    def _keep(self, images: int) -> None:
        """Note that `images` of this file, which are all that was written until now, are on the disk."""
        self._kept = images
        self._kept_bytes = 0 if self._written is None else self._written.size

    def _look(self) -> None:
        """Once a second: is the file still there? OSError: it is not, and what is written to it is lost."""
        if self._output is not None and time.monotonic() - self._looked_at_ticks >= _LOOK_EVERY_S:
            self._looked_at_ticks = time.monotonic()
            self._output.require_name()

    def _abandon(self) -> str:
        """Leave the file as it is: the next image begins another one. Gives its name, as `_let_go` does."""
        output, container = self._output, self._container
        self._output = self._container = self._stream = None
        was_well = self.has_worked
        self._last_ticks, self.has_worked, left = -1, False, ""
        if output is not None:
            self._broken += bool(self._kept) or was_well
            left = self._let_go(output, container)
        self._taken = self._muxed = self._kept = self._kept_bytes = 0
        return left

    def _let_go(self, output: OutputFile, container: Any) -> str:
        """Keep what has images, and remove what has none. That it cannot be written is known.

        Gives the name of what is kept; empty: nothing is. A part of a fragment at its end is cut off, which players
        and decoders stumble over.
        """
        with contextlib.suppress(av.FFmpegError, OSError, ValueError):
            container.close()
        # A device, or what another program has removed, has no name to give.
        left = str(output.partial_path) if self._kept and output.has_partial else ""
        with contextlib.suppress(OSError):  # it may fail on what is in a buffer, and is closed
            output.leave(self._kept_bytes) if self._kept else output.discard()
        return left

    def _open(self, image: Any, at: float) -> None:
        if not (image.width in _SIDES and image.height in _SIDES):
            self.has_worked = False
            size = f"its images have {image.width} x {image.height} pixels; H.264 takes 2 to 16,384 on each side"
            raise VideoError(f"The video {self._path} cannot be written: {size}", _OTHER_SIZE)
        output = OutputFile(self._path, self._existing)
        try:
            self._start(output, image)
        except BaseException:
            output.discard()  # nothing is in it
            raise
        self._output, self._looked_at_ticks = output, time.monotonic()
        self._shift_ticks = -round(at * _TICKS_PER_S)

    def _start(self, output: OutputFile, image: Any) -> None:
        written = _Written(output.file)
        container = av.open(written, "w", format="mp4", options=_MP4_OPTIONS)
        stream = container.add_stream("libx264", rate=25)
        # H.264 with half the colour resolution has even sides only.
        stream.width, stream.height = image.width // 2 * 2, image.height // 2 * 2
        stream.pix_fmt = "yuv420p"
        # Without B-frames the first image stands at 0, also in a file in fragments.
        stream.options = {"crf": str(self._quality), "preset": "veryfast", "bf": "0"}
        stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        container.start_encoding()
        written.has_grown()
        self._container, self._stream, self._written = container, stream, written

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
        self._mux(packets)


class _Written:
    """The file under a container: what is written to it is with the system at once, not in a buffer of this process."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._bytes = self._known_bytes = 0
        self._error: OSError | None = None
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    @property
    def size(self) -> int:
        """How many bytes were written: the size of a file that is written from its begin to its end."""
        return self._bytes

    def write(self, data: bytes) -> int:
        """Write all of it. OSError: the disk does not take it."""
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self._error = error
            raise
        self._bytes += len(data)
        return len(data)

    def has_grown(self) -> bool:
        """True when something was written since this was last asked. OSError: some of it could not be."""
        if self._error is not None:
            raise self._error
        grown, self._known_bytes = self._bytes > self._known_bytes, self._bytes
        return grown
