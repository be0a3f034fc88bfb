"""One line of a recording: a frame as JSON, and the frame that a line gives.

A line is `{"at", "captured_at", "source_name", "start", "frame_size", "metadata"}` (docs/metadata.md). What is written
is read back exactly, so that a replay decides as the live node did: not-a-number, numbers of any length and half
characters included (docs/adr/0006-recordings-are-read-exactly.md).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from securos_trigger.metadata.plain import exactly
from securos_trigger.model import Frame, Metadata, Moment, moment_of


class _Line(msgspec.Struct, kw_only=True):
    """A line as it is written. One of another form is read the slow way, and judged there."""

    metadata: dict[str, Any]
    at: float | int | None = None
    captured_at: datetime | None = None
    source_name: str = ""
    start: str = ""
    frame_size: tuple[float, float] | None = None


_decode = msgspec.json.Decoder(_Line).decode


class RecordedFrame(NamedTuple):
    """One frame of a recording: its line (from 1), media time in seconds, wall clock (aware), source and metadata.

    `start` is the id of the start of the source; empty in a recording without it. `frame_size` is width and height in
    pixels; None where it was not known.
    """

    line: int
    at: float | None
    captured_at: datetime | None
    source_name: str
    metadata: Metadata
    start: str = ""
    frame_size: tuple[float, float] | None = None

    @property
    def moment(self) -> Moment:
        """When and where the frame was."""
        return moment_of(math.nan if self.at is None else self.at, self.captured_at, self.source_name, self.start)


#: Makes a frame of a line, which has a number; or says why there is none, empty for an empty line.
ReadFrame = Callable[[int, bytes], RecordedFrame | str]


def line_of(frame: Frame) -> str:
    """The frame's line, with its metadata as of now. What is not JSON's (numpy values, sets …) is made plain."""
    record = {
        "at": frame.at,
        "captured_at": None if frame.captured_at is None else frame.captured_at.isoformat(),
        "source_name": frame.source_name,
        **({"start": frame.moment.start} if frame.moment.start else {}),
        **({"frame_size": frame.size} if frame.size else {}),
        "metadata": frame.metadata,
    }
    try:
        return json.dumps(record, separators=(",", ":"), default=exactly)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  keys that are no text, data that contains itself, foreign code
        return json.dumps({**record, "metadata": exactly(frame.metadata)}, separators=(",", ":"))


def frame_in(number: int, line: bytes) -> RecordedFrame | str:
    """The frame in a line; or why there is none, empty for an empty line."""
    try:
        return _frame(number, _decode(line))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _odd_frame(number, line)


def partial_reader(metadata_type: Any) -> ReadFrame:
    """A reader that reads of the metadata only what this type (of `typing`) names, in a part of the time.

    A line of plain ASCII without escapes is read so, as nearly all are; any other is read whole.
    """
    line_type: Any = msgspec.defstruct("_PartialLine", [("metadata", metadata_type)], bases=(_Line,))
    decode = msgspec.json.Decoder(line_type).decode

    def partial_frame_in(number: int, line: bytes) -> RecordedFrame | str:
        if line.isascii() and b"\\" not in line:  # what is passed over is not checked for half characters
            try:
                return _frame(number, decode(line))
            except (msgspec.DecodeError, ValueError, RecursionError):
                pass  # read whole, it may be a frame
        return frame_in(number, line)

    return partial_frame_in


def _frame(number: int, line: _Line) -> RecordedFrame:
    instant = line.captured_at
    if instant is not None and instant.tzinfo is None:
        instant = None
    return RecordedFrame(number, line.at, instant, line.source_name, line.metadata, line.start, line.frame_size)


def _odd_frame(number: int, line: bytes) -> RecordedFrame | str:
    """The same in three times the time, for all that Python writes as JSON: NaN, Infinity, half characters."""
    if not line.strip():
        return ""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
    except (ValueError, RecursionError):
        return "not JSON: text that is not UTF-8, a number too long or data nested too deep"
    if not isinstance(record, dict) or not isinstance(metadata := record.get("metadata"), dict):
        return 'there is no "metadata" in it'
    instant = _instant(record.get("captured_at"))
    names = str(record.get("source_name", "")), metadata, str(record.get("start", ""))
    return RecordedFrame(number, record.get("at"), instant, *names, _size(record.get("frame_size")))


def _size(value: Any) -> tuple[float, float] | None:
    """Width and height, or None for what is none."""
    is_pair = isinstance(value, list) and len(value) == 2 and all(isinstance(side, int | float) for side in value)
    return (value[0], value[1]) if is_pair else None


def _instant(value: Any) -> datetime | None:
    """An aware instant, or None for what is none."""
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo is not None else None
