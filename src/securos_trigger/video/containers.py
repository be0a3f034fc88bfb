"""Containers as PyAV opens them: the streams of cameras, and the images in any of them."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.stream import Disposition

from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.system.platform import CAMERA_FORMAT, camera_address
from securos_trigger.system.stream_address import why_no_stream
from securos_trigger.video.damage_watch import DAMAGED, DamageWatch
from securos_trigger.video.early_end import EndWatch
from securos_trigger.video.orientation import Uprighter
from securos_trigger.video.reasons import NOTHING_CAME
from securos_trigger.video.settings import (
    STREAM_PROTOCOLS,
    RtspSourceSettings,
    StreamSourceSettings,
    UsbSourceSettings,
)

#: Formats whose images have no time of their own: FFmpeg would count 25 a second, however fast they come.
_WITHOUT_TIMES: Final = ("mpjpeg", "mjpeg")
# FFmpeg's AVFMT_NOTIMESTAMPS: raw streams.
_NO_TIME_STAMPS: Final = 0x80
#: Times in a row that FFmpeg may find no packet and no end: each goes over a part of the data.
_MOST_TRIES: Final = 10_000
#: Longest time until the first image while packets of video come, in seconds: some cameras send few key frames.
_FIRST_IMAGE_WITHIN_S: Final = 60.0
#: A decoder may hold back this many images, to put them in order, or for its threads.
_MOST_DELAYED: Final = 32


#: Said of a file whose video gives nothing at all.
NO_FRAME: Final = "has no frame that can be decoded: it is empty, damaged or of another kind"
# Frames a second of a file that says nothing at all, and the range of those that are believed.
_USUAL_RATE: Final = 25.0
_RATES: Final = (0.01, 300.0)
#: Packets at the begin of a file that show how far its frames are apart.
_LOOKED_AT_PACKETS: Final = 25


class UnreadableStreamError(Exception):
    """Why a stream that was opened gives no images any more, in a few words."""


def open_address(url: str, options: dict[str, str], timeout: float | tuple[float, float]) -> InputContainer:
    """Open what is at an address. UnreadableStreamError: for why it cannot be opened FFmpeg has no word."""
    began_s = time.monotonic()
    try:
        return av.open(url, options=options, timeout=timeout)
    except (av.FFmpegError, OSError) as error:
        if isinstance(error, av.error.InvalidDataError | av.error.ExitError) or error.errno == errno.EIO:
            longest_s = timeout[0] if isinstance(timeout, tuple) else timeout
            if why := why_no_stream(url, time.monotonic() - began_s, longest_s):
                raise UnreadableStreamError(why) from None
        raise


def open_rtsp(settings: RtspSourceSettings) -> InputContainer:
    """Open a camera's RTSP stream."""
    options: dict[str, str] = {"rtsp_transport": settings.transport}
    return open_address(settings.url.get_secret_value(), options, settings.timeout_s)


def open_stream(settings: StreamSourceSettings) -> InputContainer:
    """Open the stream at an address."""
    url = settings.url.get_secret_value()
    options = {"protocol_whitelist": STREAM_PROTOCOLS[urlsplit(url).scheme]}
    container = open_address(url, options, settings.timeout_s)
    if container.format.name not in _WITHOUT_TIMES:
        return container
    container.close()
    return av.open(url, options={**options, "use_wallclock_as_timestamps": "1"}, timeout=settings.timeout_s)


def open_usb(settings: UsbSourceSettings) -> InputContainer:
    """Open a camera at this machine."""
    device = camera_address(str(settings.device))
    options = {"video_size": f"{settings.width}x{settings.height}", "framerate": str(settings.frames_per_s)}
    return av.open(device, format=CAMERA_FORMAT, options=options, timeout=settings.timeout_s)


def video_of(container: InputContainer) -> Any:
    """The stream of the video, or None. A cover image, which some files have, is none."""
    moving = (one for one in container.streams.video if not one.disposition & Disposition.attached_pic)
    return next(moving, None)


def has_own_times(container: InputContainer) -> bool:
    """False for raw streams and single images: the times that FFmpeg gives them are invented."""
    name = container.format.name
    return not (container.format.flags & _NO_TIME_STAMPS or name.startswith("image2") or name.endswith("_pipe"))


def images_of(container: InputContainer, figures: SourceFigures, source_name: str) -> Iterator[Any]:
    """The decoded images of the video in a file, upright. A packet that cannot be decoded is counted.

    At the end the figures know whether the file has ended earlier than its header says, and how much is damaged.

    UnreadableStreamError when that is so from some place to the end: the codec changes there, or the file is damaged.
    """
    decoder = _Decoder(video_of(container), figures, source_name)
    watch = EndWatch(container, decoder.stream)
    for packet in _packets(container):
        if packet.stream.index != decoder.stream.index:  # the last packets have no stream_index
            watch.see_other(packet)
            continue
        watch.see(packet)
        if packet.size == 0:  # the end: the decoder gives what it still holds
            is_lost, packets = decoder.is_lost, decoder.packets_since
            yield from decoder.images(packet)
            if is_lost:
                raise UnreadableStreamError(f"its last {packets} packets are damaged, or of another codec")
            figures.ended_early = watch.why_early()
            figures.damage, figures.is_mostly_damaged = decoder.damage
            return
        yield from decoder.images(packet)


def live_images_of(
    container: InputContainer, figures: SourceFigures, source_name: str, timeout_s: float
) -> Iterator[tuple[Any, float]]:
    """The decoded images of a live stream, upright, each with for how long FFmpeg has held it back: 0 s as a rule.

    UnreadableStreamError when nothing comes for `timeout_s`, when its video stops while other data goes on, such as
    sound, or when what comes cannot be decoded. When nothing comes, FFmpeg first gives what it holds back, from before
    the silence. Of RTSP that is one packet: to read on would only wait for the time-out once more.
    """
    decoder = _Decoder(video_of(container), figures, source_name)
    image_at_s = time.monotonic()
    image_within_s = max(timeout_s, _FIRST_IMAGE_WITHIN_S)
    other_since_s: float | None = None  # since when only other data has come
    for packet, waited_s in _with_waits(_packets(container)):
        now_s = time.monotonic()
        if packet.stream.index != decoder.stream.index:  # the last packets have no stream_index
            other_since_s = now_s if other_since_s is None else other_since_s
            if now_s - other_since_s > timeout_s:
                raise UnreadableStreamError(f"no video came for {timeout_s:g} s, although other data of the stream did")
            continue
        other_since_s = None
        images = decoder.images(packet)
        if not decoder.packets_since:
            image_at_s, image_within_s = now_s, timeout_s
        elif now_s - image_at_s > image_within_s and decoder.is_lost:
            raise UnreadableStreamError(f"nothing that came for {now_s - image_at_s:.0f} s could be decoded as video")
        held_s = waited_s if waited_s >= timeout_s else 0.0
        is_last = bool(held_s) and container.format.name == "rtsp"
        yield from ((image, held_s) for image in [*images, *(decoder.rest() if is_last else ())])
        if is_last:
            raise UnreadableStreamError(NOTHING_CAME)


def _packets(container: InputContainer) -> Iterator[Any]:
    """The packets of all streams. Where FFmpeg finds none in a damaged part, it says "try again": so it is read on."""
    tries = 0
    while True:
        try:
            for packet in container.demux():
                tries = 0
                yield packet
        except av.error.BlockingIOError:
            tries += 1
            if tries > _MOST_TRIES:
                raise
        else:
            return


def _with_waits(packets: Iterator[Any]) -> Iterator[tuple[Any, float]]:
    """The packets, each with the seconds that it was waited for."""
    asked_s = time.monotonic()
    for packet in packets:
        yield packet, time.monotonic() - asked_s
        asked_s = time.monotonic()


class _Decoder:
    """Decodes one stream."""

    def __init__(self, stream: Any, figures: SourceFigures, source_name: str) -> None:
        self.stream = stream
        #: Packets since the last whole image, and the damaged images that they gave.
        self.packets_since = self.damaged_since = 0
        self._packets = self._damaged = 0
        self._figures = figures
        self._watch = DamageWatch(figures, time.monotonic())
        self._uprighter = Uprighter(source_name)

    def images(self, packet: Any) -> list[Any]:
        """What a packet gives, upright; nothing when it cannot be decoded."""
        try:
            images = packet.decode()
        except av.FFmpegError:
            self._figures.decode_errors += 1
            images, is_damaged = [], True
        else:
            is_damaged = bool(images) and all(image.is_corrupt for image in images)
        self._packets += packet.size > 0
        self._damaged += is_damaged
        self._watch.note(is_damaged=is_damaged, now_ticks=time.monotonic())
        if any(not image.is_corrupt for image in images):
            self.packets_since = self.damaged_since = 0
        else:
            self.packets_since += 1
            self.damaged_since += len(images)
        return [self._uprighter.upright(image) for image in images]

    def rest(self) -> list[Any]:
        """What the decoder holds back; it takes no packet after that."""
        try:
            return [self._uprighter.upright(image) for image in self.stream.decode(None)]
        except av.FFmpegError:
            return []

    @property
    def damage(self) -> tuple[str, bool]:
        """How much could not be decoded whole, in a few words (empty: less than a tenth), and whether that is most."""
        is_worth_saying = self._damaged and self._damaged >= DAMAGED * self._packets
        words = f"{self._damaged} of its {self._packets} packets are damaged" if is_worth_saying else ""
        return words, self._damaged > self._packets / 2

    @property
    def is_lost(self) -> bool:
        """True when most of the latest packets gave no image, not even a damaged one."""
        return self.packets_since > _MOST_DELAYED and self.damaged_since < self.packets_since / 2


def stated_rate_of(stream: Any) -> float:
    """Frames a second as the file states them. A rate that no video has is left out: encoders of a varying rate, such
    as those of phones, state the ticks of their clock (1,000 or 90,000).
    """
    stated = (stream.codec_context.framerate, stream.average_rate)
    rates = (float(rate) for rate in stated if rate)
    return next((rate for rate in rates if _RATES[0] <= rate <= _RATES[1]), _USUAL_RATE)


def usual_step_of(path: Path, stream: Any) -> float | None:
    """Seconds from frame to frame at the begin of a file; None: it does not say.

    The rates that a file states are often those of its encoder: a time lapse of a frame every ten seconds says 25.
    """
    stated = 1 / float(stream.average_rate) if stream.average_rate else None
    if not path.is_file():  # a pipe can be read once only
        return stated
    try:
        with av.open(str(path)) as container:
            packets = islice(container.demux(container.streams[stream.index]), _LOOKED_AT_PACKETS)
            times = sorted(float(one.pts * one.time_base) for one in packets if one.pts is not None and one.time_base)
    except (av.FFmpegError, OSError):
        return stated  # the reader itself says what is wrong
    steps = sorted(later - earlier for earlier, later in pairwise(times) if later > earlier)
    return steps[len(steps) // 2] if steps else stated
