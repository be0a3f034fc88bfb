"""The alerts in Hikvision's stream, found by their own tags.

The boundary is not used: older recorders name another one in the header than they write. Neither are headers, lengths
or empty lines, nor a whole HTTP answer in the middle of the stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from securos_trigger.errors import MessageError

#: An alert with more bytes is refused.
MAX_ALERT_BYTES: Final = 512 * 1024
_NAME: Final = rb"(?:[\w.-]{1,40}:)?EventNotificationAlert"
_BEGIN: Final = re.compile(rb"<" + _NAME + rb"(?=[\s>/])")
_END: Final = re.compile(rb"</" + _NAME + rb"\s{0,20}>")
# The longest tag without its attributes: what of the end of a piece may be the beginning of one.
_LONGEST_TAG: Final = 96
# What is kept is cut at each alert, so that a large piece with small alerts is taken in chunks.
_CHUNK_BYTES: Final = 16_384


class AlertStream:
    """Finds alerts in pieces of any size. Keeps at most MAX_ALERT_BYTES and one piece."""

    def __init__(self) -> None:
        self._kept = b""
        self._is_inside = False
        self._seen = 0

    def feed(self, piece: bytes, *, is_last: bool) -> Iterator[bytes | MessageError]:
        """The alerts that are complete now; a MessageError for one that is cut or too large."""
        for at in range(0, len(piece), _CHUNK_BYTES):
            self._kept += piece[at : at + _CHUNK_BYTES]
            while (found := self._next()) is not None:
                yield found
        if is_last:
            if self._is_inside:
                yield MessageError("the connection was closed in the middle of an alert")
            self._kept, self._is_inside, self._seen = b"", False, 0

    def _next(self) -> bytes | MessageError | None:
        if not self._is_inside and not self._enter(0):
            return None
        end = _END.search(self._kept, self._seen)
        again = _BEGIN.search(self._kept, max(1, self._seen))
        if again is not None and (end is None or again.start() < end.start()):
            self._enter(again.start())
            return MessageError("an alert ends in the middle, and another one follows")
        if end is not None:
            alert, self._kept = self._kept[: end.end()], self._kept[end.end() :]
            self._is_inside, self._seen = False, 0
            return alert
        self._seen = max(0, len(self._kept) - _LONGEST_TAG)
        if len(self._kept) > MAX_ALERT_BYTES:
            self._kept, self._is_inside, self._seen = self._kept[-_LONGEST_TAG:], False, 0
            return MessageError(f"an alert has more than {MAX_ALERT_BYTES:,} bytes")
        return None

    def _enter(self, at: int) -> bool:
        """Go to the next beginning; False: there is none yet, and only what may be a part of one is kept."""
        found = _BEGIN.search(self._kept, at)
        self._is_inside = found is not None
        self._kept = self._kept[found.start() if found is not None else max(0, len(self._kept) - _LONGEST_TAG) :]
        self._seen = 0
        return self._is_inside
