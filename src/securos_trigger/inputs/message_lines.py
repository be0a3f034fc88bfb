"""Recordings of messages: lines of JSON, as `securos-trigger record` writes them, or as another program does.

The first line of ours has the keys of an `expected.json` without its messages. Each further line is a message:
`at_s` after `clock_at_start`, `body` as text or `body_base64`, and what its transport says of it.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final, cast

from securos_trigger.errors import MessageError
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.scene import is_seconds, message_with, start_of
from securos_trigger.inputs.times import TimeUnit, instant
from securos_trigger.inputs.values import read_json, table
from securos_trigger.system.timestamps import utc

#: A line may be longer than a message: JSON writes a byte as up to six characters.
_LONGEST_LINE: Final = 6 * MAX_BODY_BYTES + 65_536
#: A document that was parsed for its time is kept for its parser up to this length: many messages wait at a time.
_LONGEST_KEPT: Final = 65_536
_GZIP_MAGIC: Final = b"\x1f\x8b"
#: What may be left of a token of JSON whose end is not written yet.
_CUT_TOKEN: Final = re.compile(r"\s*(tr?u?|fa?l?s?|nu?l?|Na?|-?(I[nfity]*)?|\.|[eE][+-]?|u[\da-fA-F]{0,4})\s*")
#: Keys of other programs that may hold the time of a line, the surest first.
_TIMES: Final = ("@timestamp", "system_timestamp", "frame_time", "timestamp", "time", "at", "t")


def header_of(kind: str, clock_at_start: float, cameras: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """The first line of a recording."""
    clock = utc(clock_at_start).isoformat()
    return json.dumps({"format": kind, "clock_at_start": clock, "camera_map": dict(cameras), **settings})


def line_of(message: Message, clock_at_start: float) -> str:
    """The line of a message."""
    line: dict[str, Any] = {"at_s": round(message.arrived_at - clock_at_start, 6)}
    line |= {name: value for name in ("topic", "qos", "retain", "dup", "url") if (value := getattr(message, name))}
    if message.content_type:
        line["content_type"] = message.content_type
    if not message.is_last_part:
        line["is_last_part"] = False
    try:
        line["body"] = message.body.decode("utf-8")
    except UnicodeDecodeError:
        line["body_base64"] = base64.b64encode(message.body).decode("ascii")
    return json.dumps(line)


def open_lines(path: Path) -> IO[bytes]:
    """The file, uncompressed. OSError: it cannot be read."""
    with path.open("rb") as file:
        is_compressed = file.read(2) == _GZIP_MAGIC
    return cast("IO[bytes]", gzip.open(path, "rb")) if is_compressed else path.open("rb")


def recorded_header(path: Path) -> dict[str, Any] | None:
    """The first line of a recording of ours; None: the file is of another program. OSError: it cannot be read."""
    with open_lines(path) as file:
        return _header(file.readline(_LONGEST_LINE))


def message_lines(path: Path, *, start_at: float, messages_per_s: float) -> Iterator[Message]:
    """The messages of a file, in order. OSError: it cannot be read. EOFError: it is cut off, or still being written.

    `start_at`: the time of the first message of a file that has no times; `messages_per_s` then says when the next ones
    came. A line that is none of ours is a message as it stands, so that its parser says what is wrong with it.
    """
    with open_lines(path) as file:
        lines = _whole_lines(file)
        first = next(lines, b"")
        header = _header(first)
        if header is None:
            yield from _foreign(chain([first], lines), start_at, 1 / messages_per_s)
            return
        clock = start_of(path, header)
        for line in lines:
            if line.strip():
                yield _own(line, header, clock)


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file. EOFError: the last one is a part of a JSON document, and the rest may come yet."""
    while line := file.readline(_LONGEST_LINE):
        if not line.endswith(b"\n") and len(line) < _LONGEST_LINE and line.lstrip().startswith((b"{", b"[")):
            try:
                read_json(line)
            except MessageError:
                if _is_begun(line):
                    raise EOFError from None
        yield line


def _is_begun(line: bytes) -> bool:
    """True for the beginning of a JSON document; False: what it lacks can never follow, as in `[10:00] started`."""
    try:
        json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    except json.JSONDecodeError as error:
        is_in_text = error.msg.startswith("Unterminated string")
        return is_in_text or _CUT_TOKEN.fullmatch(error.doc, error.pos) is not None
    except (RecursionError, ValueError):
        return False
    return False


def _header(line: bytes) -> dict[str, Any] | None:
    found = _table_of(line)
    return dict(found) if "format" in found and "clock_at_start" in found and "body" not in found else None


def _table_of(line: bytes) -> Mapping[str, Any]:
    try:
        return table(read_json(line))
    except MessageError:
        return {}


def _own(line: bytes, header: Mapping[str, Any], clock: float) -> Message:
    entry = _table_of(line)
    at_s = entry.get("at_s")
    body = _body(entry)
    if body is None or not is_seconds(at_s):
        return message_with(line.strip(), {}, header, clock)
    return message_with(body, entry, header, clock + float(at_s or 0), is_last_part=entry.get("is_last_part", True))


def _body(entry: Mapping[str, Any]) -> bytes | None:
    written, encoded = entry.get("body"), entry.get("body_base64")
    if isinstance(written, str):
        return written.encode("utf-8", "replace")
    try:
        return base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else None
    except (binascii.Error, ValueError):
        return None


def _foreign(lines: Iterable[bytes], start_at: float, step_s: float) -> Iterator[Message]:
    at = start_at
    for line in lines:
        if body := line.strip():
            message = _foreign_message(body, at)
            yield message
            at = message.arrived_at + step_s


def _foreign_message(body: bytes, at: float) -> Message:
    """A line of another program, at the time that it has, else at `at`; with the document that was parsed for that."""
    try:
        document = read_json(body)
    except MessageError:
        return Message(body=body, arrived_at=at)
    message = Message(body=body, arrived_at=_time_in(table(document)) or at)
    if len(body) <= _LONGEST_KEPT:
        message.keep_document(document)
    return message


def _time_in(found: Mapping[str, Any]) -> float | None:
    """The time that a line of another program has, in Unix seconds."""
    for one in (found, table(found.get("after"))):
        for name in _TIMES:
            if name in one and (at := instant(one[name], TimeUnit.AUTO)) is not None:
                return at
    return None
