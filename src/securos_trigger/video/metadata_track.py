"""The metadata track of an RTSP stream: payloads of its packets, and where each document ends.

PyAV gives the payload of each RTP packet without its marker, so a document ends at its closing tag, or where its
compression ends.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Iterator
from typing import Final

import av

from securos_trigger.errors import VideoError
from securos_trigger.video.containers import UnreadableStreamError, open_address
from securos_trigger.video.reasons import reason_of_stream

_END: Final = re.compile(rb"</(?:[\w.-]{1,40}:)?Meta[dD]ataStream\s{0,20}>\s*\Z")
_LONGEST_END: Final = 128
_GZIP: Final = b"\x1f\x8b\x08"
_WITH_HEAD_OF_GZIP: Final = 31
_OPENED_WITHIN_S: Final = 10.0


class DocumentEnds:
    """Says of each payload whether a document ends with it. Keeps the last bytes only."""

    def __init__(self) -> None:
        self._tail = b""
        self._decompressing: zlib._Decompress | None = None

    def is_end(self, payload: bytes) -> bool:
        """True when the document is complete with this payload."""
        if not self._tail and self._decompressing is None and payload.startswith(_GZIP):
            self._decompressing = zlib.decompressobj(_WITH_HEAD_OF_GZIP)
        if self._decompressing is not None:
            return self._is_end_of_compressed(self._decompressing, payload)
        self._tail = (self._tail + payload)[-_LONGEST_END:]
        if _END.search(self._tail) is None:
            return False
        self._tail = b""
        return True

    def _is_end_of_compressed(self, decompressing: zlib._Decompress, payload: bytes) -> bool:
        rest = payload
        try:
            while rest and not decompressing.eof:
                decompressing.decompress(rest, 65_536)  # in pieces: only the end is looked for
                rest = decompressing.unconsumed_tail
        except zlib.error:
            self._decompressing = None
            return True  # it is damaged, which its reader says
        if decompressing.eof:
            self._decompressing = None
            return True
        return False


def metadata_payloads(
    url: str, transport: str, *, silent_after_s: float, stop: threading.Event
) -> Iterator[tuple[bytes, bool]]:
    """The payloads of one connection, and whether a document ends with each. Ends when `stop` is set.

    The first one is empty, as soon as the track is there. VideoError: it cannot be opened, has no metadata, or is lost.
    """
    options = {"rtsp_transport": transport, "allowed_media_types": "data"}
    try:
        with open_address(url, options, (_OPENED_WITHIN_S, silent_after_s)) as container:
            if not container.streams.data:
                raise VideoError("the stream has no metadata track: switch it on in the profile of the device")
            yield b"", False
            ends = DocumentEnds()
            for packet in container.demux(container.streams.data):
                if stop.is_set():
                    return
                if payload := bytes(packet):
                    yield payload, ends.is_end(payload)
    except (av.FFmpegError, OSError) as error:
        raise VideoError(reason_of_stream(error)) from None
    except UnreadableStreamError as error:
        raise VideoError(str(error)) from None
