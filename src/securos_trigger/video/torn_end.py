"""Whether a video file whose header gives no duration ends in the middle of one of its parts: then it was cut.

A file that was cut between two parts looks like one that its recorder has ended there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

_MATROSKA_CLUSTER: Final = b"\x1f\x43\xb6\x75"
_MATROSKA_SEGMENT: Final = b"\x18\x53\x80\x67"
# Of an element of Matroska: the bytes of its id and length.
_LONGEST_HEAD: Final = 12
# Packets of MPEG-TS begin with this byte; those of `.m2ts` have a time of four bytes before it.
_SYNC: Final = 0x47
_TS_PACKETS: Final = ((188, 0), (192, 4))
_LOOKED_AT_PACKETS: Final = 4
_FLV_TAG_HEAD: Final = 11


def is_torn(kind: str, path: Path) -> bool:
    """True when the last part of a file of this kind (FFmpeg's name of the format) is longer than what is there."""
    judge = _JUDGES.get(kind)
    if judge is None:
        return False
    try:
        with path.open("rb") as file:
            return judge(file, os.fstat(file.fileno()).st_size)
    except OSError:
        return False  # the file is gone: nothing more can be said about it


def boxes(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes, int]]:
    """The places, names and lengths of the boxes of the highest level of an MP4 file."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        yield at, name, length
        if length < 8:
            return
        at += length


def _is_torn_mov(file: BinaryIO, size: int) -> bool:
    found = list(boxes(file, size))
    if all(name != b"moof" for _, name, _ in found):
        return False
    at, name, length = found[-1]
    return name.isalnum() and (at + length > size or 0 < size - at - length < 8)


def _is_torn_ts(file: BinaryIO, size: int) -> bool:
    head = file.read(max(length for length, _ in _TS_PACKETS) * _LOOKED_AT_PACKETS)
    for length, sync_at in _TS_PACKETS:
        begins = head[sync_at::length]
        if len(begins) >= 2 and set(begins) == {_SYNC}:
            file.seek(size - size % length + sync_at)
            return file.read(1) == bytes([_SYNC])
    return False


def _is_torn_flv(file: BinaryIO, size: int) -> bool:
    """The last four bytes give the length of the tag before them, whose head gives it, too."""
    if size < 13 + _FLV_TAG_HEAD + 4:
        return False
    file.seek(size - 4)
    length = int.from_bytes(file.read(4), "big")
    if not _FLV_TAG_HEAD <= length <= size - 13 - 4:
        return bool(length)  # none: the place is reserved for more
    file.seek(size - 4 - length)
    return int.from_bytes(file.read(4)[1:], "big") != length - _FLV_TAG_HEAD


def _is_torn_matroska(file: BinaryIO, size: int) -> bool:
    """Look at the segment, and at its clusters where it has no length, as one that is written into a pipe."""
    at, has_cluster = 0, False
    while at < size:
        file.seek(at)
        name, length = _element_name(file), _element_length(file)
        has_cluster = has_cluster or name == _MATROSKA_CLUSTER
        if not name or length is None:
            return has_cluster and size - at < _LONGEST_HEAD
        at = file.tell() + max(length, 0)
        if at > size:
            return True
        if length < 0 and name != _MATROSKA_SEGMENT:
            return False  # a cluster without a length: its blocks would have to be read
    return False


def _element_name(file: BinaryIO) -> bytes:
    """The id of an element of Matroska; empty where there is none."""
    first = file.read(1)
    width = _width(first)
    rest = file.read(width - 1) if width else b""
    return first + rest if width and len(rest) == width - 1 and width <= 4 else b""


def _element_length(file: BinaryIO) -> int | None:
    """The length of an element; -1: it does not say; None: it is not there."""
    first = file.read(1)
    width = _width(first)
    rest = file.read(width - 1) if width else b""
    if not width or len(rest) != width - 1:
        return None
    bits = 7 * width
    value = int.from_bytes(first + rest, "big") & ((1 << bits) - 1)
    return -1 if value == (1 << bits) - 1 else value


def _width(first: bytes) -> int:
    """How many bytes a number of Matroska has, by its first one; 0: it is none."""
    return 9 - first[0].bit_length() if first and first[0] else 0


_JUDGES: Final[dict[str, Callable[[BinaryIO, int], bool]]] = {
    "mov": _is_torn_mov,
    "mpegts": _is_torn_ts,
    "flv": _is_torn_flv,
    "matroska": _is_torn_matroska,
}
