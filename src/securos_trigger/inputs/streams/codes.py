"""The events in Dahua's stream: `Code=…;action=…;index=N;data={JSON}` and `Heartbeat`, found by themselves.

Boundaries, headers and lengths are not used: devices write the boundary in two forms, leave out the empty line before
the body, and send a whole HTTP answer in the middle of the stream. JSON ends where its brackets close.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from securos_trigger.errors import MessageError

#: An event with more bytes is refused.
MAX_EVENT_BYTES: Final = 256 * 1024
_START: Final = re.compile(rb"(?<![A-Za-z0-9_=])(?:Code\s{0,4}=|Heartbeat(?![\w=]))")
# A name and its value. The value ends at a semicolon or at the end of the line.
_PAIR: Final = re.compile(rb"[\s;]{0,8}([A-Za-z_]{1,40})[ \t]{0,4}=[ \t]{0,4}([^;\r\n]{0,500})(?=[;\r\n])")
_DATA: Final = re.compile(rb"[ \t;]{0,8}data[ \t]{0,4}=\s{0,64}", re.IGNORECASE)
_MARKS: Final = re.compile(rb"\\.|[\"{}\[\]]|\r?\n--[ \t]?[\w.-]{1,72}\r?\n", re.DOTALL)
_LONGEST_START: Final = 160
_LONGEST_HEAD: Final = 4_096
# What is kept is cut at each event, so that a large piece with small events is taken in chunks.
_CHUNK_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class CodeEvent:
    """One event, its names in small letters. `data` is JSON; empty: there is none. No `code`: a heartbeat."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""


class CodeStream:
    """Finds events in pieces of any size. Keeps at most MAX_EVENT_BYTES and one piece."""

    def __init__(self) -> None:
        self._kept = b""
        self._scan: _JsonScan | None = None

    def feed(self, piece: bytes, *, is_last: bool) -> Iterator[CodeEvent | MessageError]:
        """The events that are complete now; a MessageError for one that is cut or too large."""
        piece += b"\r\n" if is_last else b""
        for at in range(0, len(piece), _CHUNK_BYTES):
            self._kept += piece[at : at + _CHUNK_BYTES]
            while (found := self._next()) is not None:
                yield found
        if is_last:
            if self._scan is not None:
                yield MessageError("the connection was closed in the middle of an event")
            self._kept, self._scan = b"", None

    def _next(self) -> CodeEvent | MessageError | None:
        start = _START.search(self._kept) if self._scan is None else None
        if self._scan is None and start is None:
            self._kept = self._kept[-_LONGEST_START:]
            return None
        if start is not None:
            self._kept = self._kept[start.start() :]
            if self._kept.startswith(b"H"):
                if len(self._kept) == len(b"Heartbeat"):  # a longer word may follow
                    return None
                self._kept = self._kept[len(b"Heartbeat") :]
                return CodeEvent("")
        return self._event()

    def _event(self) -> CodeEvent | MessageError | None:
        values, at, is_complete = _pairs(self._kept)
        if not is_complete:
            return self._too_large()
        data = _DATA.match(self._kept, at)
        if data is None:
            return self._done(values, at, b"")
        if data.end() == len(self._kept):
            return self._too_large()
        if self._kept[data.end() : data.end() + 1] not in (b"{", b"["):
            end = _end_of_line(self._kept, data.end())
            return self._too_large() if end is None else self._done(values, end, self._kept[data.end() : end])
        self._scan = self._scan or _JsonScan(data.end())
        end = self._scan.end(self._kept)
        if end is None:
            return self._too_large()
        if self._scan.is_cut:
            self._kept, self._scan = self._kept[end:], None
            return MessageError(f"the data of {values.get('code', '')[:60]!r} is cut, and another part follows")
        return self._done(values, end, self._kept[data.end() : end])

    def _done(self, values: Mapping[str, str], end: int, data: bytes) -> CodeEvent:
        # At least one byte: a beginning that no value follows would be found again and again.
        self._kept, self._scan = self._kept[max(end, 1) :], None
        return CodeEvent(values.get("code", "") or "?", values, data)

    def _too_large(self) -> MessageError | None:
        if len(self._kept) <= MAX_EVENT_BYTES:
            return None
        self._kept, self._scan = self._kept[-_LONGEST_START:], None
        return MessageError(f"an event has more than {MAX_EVENT_BYTES:,} bytes")


def _end_of_line(text: bytes, at: int) -> int | None:
    found = re.compile(rb"[\r\n]").search(text, at)
    return found.start() if found is not None else None


def _pairs(text: bytes) -> tuple[dict[str, str], int, bool]:
    """The values up to the data or the end of the line, where that is, and whether they are complete."""
    values: dict[str, str] = {}
    at = 0
    while (pair := _PAIR.match(text, at)) is not None and not _DATA.match(text, at):
        if at and b"\n" in text[at : pair.start(1)]:
            return values, at, True
        values.setdefault(pair[1].decode("ascii").lower(), pair[2].decode("utf-8", "replace").strip())
        at = pair.end()
        if at > _LONGEST_HEAD:
            return values, at, True
    if _DATA.match(text, at):
        return values, at, True
    rest = text[at : at + 40]
    ended = re.match(rb"[ \t;]*[\r\n]", rest) is not None
    # What is neither a pair nor the end of a line: the rest of a pair may come yet, unless the line has ended.
    return values, at, ended or re.search(rb"[\r\n]", text[at:]) is not None or len(text) - at > 600


class _JsonScan:
    """Finds the end of JSON whose bytes come in pieces. `is_cut`: another part begins before it ends."""

    def __init__(self, at: int) -> None:
        self.is_cut = False
        self._at = at
        self._depth = 0
        self._is_text = False

    def end(self, text: bytes) -> int | None:
        """Where the JSON ends; None: not yet."""
        for mark in _MARKS.finditer(text, self._at):
            self._at = mark.end()
            sign = mark[0]
            if len(sign) > 2:
                self.is_cut = True
                return mark.start()
            if sign == b'"':
                self._is_text = not self._is_text
            elif not self._is_text and sign in (b"{", b"["):
                self._depth += 1
            elif not self._is_text and sign in (b"}", b"]"):
                self._depth -= 1
                if self._depth <= 0:
                    return self._at
        self._at = max(self._at, len(text) - _LONGEST_START)
        return None
