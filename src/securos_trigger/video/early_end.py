"""Finds out whether a video file was read to the end that it has by its own header, and without a hole.

A file that was cut (a copy that broke off, a recorder that lost power), that was made of several by `cat`, or of which
a part is lost (a damaged disk) ends without an error of the decoder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, Final

from av.container import InputContainer

from securos_trigger.video.torn_end import boxes, is_torn

# What is missing counts from both on: encoders round, and the last frame may stand for a while.
_LEAST_MISSING_S: Final = 2.0
_LEAST_MISSING_SHARE: Final = 0.05
_MOV, _MATROSKA, _FLV, _AVI = "mov", "matroska", "flv", "avi"
# A hole is a step in time with bytes that are not read in it, at least this share of those that are; or one through
# which the sound goes on, of a video that has had this many frames, and frames a second, until there.
_LEAST_HOLE_SHARE: Final = 0.02
_LEAST_FRAMES, _LEAST_FRAMES_PER_S = 10, 2.0
_SOUND_TOLERANCE_S: Final = 1.0
_HOLE: Final = "{:.1f} s of video in its middle cannot be read"
_NO_VIDEO: Final = "{:.1f} s of video in its middle are missing, while its sound goes on"
_TORN: Final = "it ends in the middle of a part: it was cut"
_BROKEN: Final = "its last {:.0%} cannot be read"
_JOINED: Final = "only the first of several parts is read: {:.1f} MB more follow it"


class EndWatch:
    """Watches the packets of one file. Formats whose header gives no duration are judged by their last part alone."""

    def __init__(self, container: InputContainer, stream: Any) -> None:
        self._format = container.format.name.partition(",")[0]
        path = Path(container.name or "")
        self._path = path if path.is_file() else None  # a pipe has no size
        self._stated_s = _stated_s(self._format, container, stream)
        # The packets of several streams of an MP4 file may stand in any order.
        self._is_in_order = len(container.streams) == 1 or self._format != _MOV
        self._hole_s, self._hole_bytes, self._hole_with_sound_s = 0.0, 0, 0.0
        self._from_s: float | None = None
        self._until_s = self._last_s = 0.0
        self._frames = 0
        self._read_bytes = self._seen_bytes = 0  # to the end of the last packet of the video; of all packets
        self._place: int | None = None  # of the last packet of the video, less all packets before it
        self._sound_from_s = self._sound_until_s = 0.0

    def see(self, packet: Any) -> None:
        """Take note of a packet of the video that was read."""
        if packet.pts is not None and packet.time_base:
            at_s = float(packet.pts * packet.time_base)
            self._see_hole(at_s, (packet.pos or 0) - self._seen_bytes)
            self._from_s = at_s if self._from_s is None else min(self._from_s, at_s)
            self._last_s = max(self._last_s, at_s)
            self._until_s = max(self._until_s, at_s + float((packet.duration or 0) * packet.time_base))
            self._frames += 1
        self._place = (packet.pos or 0) - self._seen_bytes
        self._seen_bytes += packet.size
        self._read_bytes = max(self._read_bytes, (packet.pos or 0) + packet.size)

    def see_other(self, packet: Any) -> None:
        """Take note of a packet of another stream."""
        self._seen_bytes += packet.size
        if packet.stream.type != "audio" or packet.pts is None or not packet.time_base:
            return
        at_s = float(packet.pts * packet.time_base)
        if at_s - self._sound_until_s > _SOUND_TOLERANCE_S:
            self._sound_from_s = at_s
        self._sound_until_s = max(self._sound_until_s, at_s + float((packet.duration or 0) * packet.time_base))

    def _see_hole(self, at_s: float, place: int) -> None:
        if self._from_s is None or self._place is None:
            return
        is_dense = self._frames >= max(_LEAST_FRAMES, _LEAST_FRAMES_PER_S * (self._last_s - self._from_s))
        is_heard = (
            self._sound_from_s <= self._last_s + _SOUND_TOLERANCE_S and self._sound_until_s >= at_s - _SOUND_TOLERANCE_S
        )
        step_s, unread_bytes = at_s - self._until_s, place - self._place
        if is_heard and is_dense:
            self._hole_with_sound_s = max(self._hole_with_sound_s, at_s - self._last_s)
        elif self._is_in_order and unread_bytes > 0 and step_s > self._hole_s:
            self._hole_s, self._hole_bytes = step_s, unread_bytes

    def why_early(self) -> str:
        """Why the file, which was read to its end, is not whole, in a few words; empty: nothing says so."""
        stated_s, read_s = self._stated_s, self._until_s
        if self._from_s is not None and (self._format == _MOV or self._from_s < 0):
            read_s -= self._from_s
        if self._from_s is None:
            return ""
        if stated_s is not None and stated_s - read_s > max(_LEAST_MISSING_S, _LEAST_MISSING_SHARE * stated_s):
            return f"its header says {stated_s:.1f} s, and its video ends after {read_s:.1f} s"
        if (share := self._broken_share()) > _LEAST_MISSING_SHARE:
            return _BROKEN.format(share)
        least_s = max(_LEAST_MISSING_S, _LEAST_MISSING_SHARE * read_s)
        if self._hole_s > least_s and self._hole_bytes > _LEAST_HOLE_SHARE * self._seen_bytes:
            return _HOLE.format(self._hole_s)
        if self._hole_with_sound_s > least_s:
            return _NO_VIDEO.format(self._hole_with_sound_s)
        if self._path is not None and (stated_s is None or self._format == _MOV) and is_torn(self._format, self._path):
            return _TORN
        if stated_s is None:
            return ""
        unread = self._unread_bytes()
        if unread * read_s > least_s * self._read_bytes:
            return _JOINED.format(unread / 1e6)
        return ""

    def _unread_bytes(self) -> int:
        """The bytes of further parts, behind all that was read; 0: there are none, or the format reads on."""
        if self._path is None or self._format not in (_MOV, _FLV):
            return 0
        try:
            size = self._path.stat().st_size
            with self._path.open("rb") as file:
                next_part = self._read_bytes if self._format == _FLV else _second_movie(file, size)
        except OSError:
            return 0  # the file is gone: nothing more can be said about it
        return size - self._read_bytes if self._read_bytes <= next_part < size else 0

    def _broken_share(self) -> float:
        """The share of an MP4 file in fragments behind the last of its boxes that is one.

        In one without fragments nothing but what its header names is video.
        """
        if self._path is None or self._format != _MOV:
            return 0.0
        try:
            size = self._path.stat().st_size
            with self._path.open("rb") as file:
                found = list(boxes(file, size))
        except OSError:
            return 0.0  # as above
        if all(name != b"moof" for _, name, _ in found):
            return 0.0
        return next((1 - at / size for at, name, _ in found if not name.isascii() or b"\0" in name), 0.0)


def _stated_s(kind: str, container: InputContainer, stream: Any) -> float | None:
    """The seconds of video that the header of a file gives; None: it gives none, or FFmpeg guesses."""
    if kind == _AVI:
        return float(stream.frames / stream.average_rate) if stream.frames and stream.average_rate else None
    if kind == _MOV:
        return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    if kind == _MATROSKA and (written := _clock_s(stream.metadata.get("DURATION", ""))) is not None:
        return written
    if kind in (_MATROSKA, _FLV) and len(container.streams) == 1:  # else it may be that of the sound
        return container.duration / 1e6 if container.duration else None
    return None


def _clock_s(text: str) -> float | None:
    """`00:01:02.5` in seconds; None: it is no such text."""
    try:
        hours, minutes, seconds = map(float, text.split(":"))
    except ValueError:
        return None
    return 3600 * hours + 60 * minutes + seconds


def _second_movie(file: BinaryIO, size: int) -> int:
    """Where the second `moov` of an MP4 begins; the size of the file: there is one only."""
    movies = [at for at, name, _ in boxes(file, size) if name == b"moov"]
    return movies[1] if len(movies) > 1 else size
