"""Reads what an ONNX file says of itself, without loading the model: a check of a configuration takes milliseconds.

An ONNX file is one protobuf message. Its notes (`metadata_props`) stand at its top level, so that the graph with its
weights is stepped over and not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from securos_trigger.conditions.python_code import literal_in

# Field numbers of ModelProto and of its StringStringEntryProto; wire types of protobuf.
_METADATA = 14
_KEY, _VALUE = 1, 2
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_NOTE_BYTES = 4_000_000
_MOST_CLASSES = 100_000


def read_metadata(path: Path) -> dict[str, str]:
    """The notes of the model at `path`. Empty when it has none, or cannot be read as an ONNX file."""
    try:
        with path.open("rb") as file:
            return dict(_note(content) for field, content in _fields(file) if field == _METADATA)
    except (OSError, ValueError, EOFError):
        return {}


def labels_in(metadata: dict[str, str]) -> tuple[str, ...]:
    """The class names in the note `names`: a dictionary from number to name, or a list, as Python or JSON writes it.

    In the order of the numbers, whatever the order of the text. Empty when there is no such note. A class without a
    name is called "class 3".
    """
    text = metadata.get("names", "")
    try:
        found = literal_in(text.strip()) if text else {}
        by_number = dict(enumerate(found)) if isinstance(found, list | tuple) else found
        names = {int(number): str(name).strip() for number, name in by_number.items()}
    except (ValueError, SyntaxError, TypeError, AttributeError, MemoryError, RecursionError):
        return ()
    if not names or min(names) < 0 or max(names) >= _MOST_CLASSES:
        return ()
    return tuple(names.get(number) or f"class {number}" for number in range(max(names) + 1))


def image_size_in(metadata: dict[str, str]) -> tuple[int, int] | None:
    """Height and width in the note `imgsz`, for models that take any size. None when there is no such note."""
    try:
        sides = literal_in(metadata.get("imgsz", "()"))
        height, width = (sides, sides) if isinstance(sides, int) else sides
        size = int(height), int(width)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return size if min(size) > 0 else None


def _fields(file: BinaryIO) -> list[tuple[int, bytes]]:
    """The number and content of the message's short fields of bytes; long ones are stepped over."""
    end = file.seek(0, 2)
    file.seek(0)
    found = []
    while file.tell() < end:
        tag = _varint(file)
        field, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            _varint(file)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            file.seek(8 if kind == _EIGHT_BYTES else 4, 1)
        elif kind == _LENGTH:
            length = _varint(file)
            if file.tell() + length > end:
                raise EOFError
            if field == _METADATA and length <= _LONGEST_NOTE_BYTES:
                found.append((field, file.read(length)))
            else:
                file.seek(length, 1)
        else:
            raise ValueError(f"there is no wire type {kind}")
    return found


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise EOFError
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("a number is longer than 64 bits")


def _note(content: bytes) -> tuple[str, str]:
    """Key and value of one note."""
    parts = {_KEY: "", _VALUE: ""}
    place = 0
    while place < len(content):
        field = content[place] >> 3
        length, place = _length_at(content, place + 1)
        parts[field] = content[place : place + length].decode("utf-8", "replace")
        place += length
    return parts[_KEY], parts[_VALUE]


def _length_at(content: bytes, place: int) -> tuple[int, int]:
    """The length that stands at `place`, and where what it measures begins."""
    value = shift = 0
    while place < len(content):
        value |= (content[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if content[place - 1] < 0x80:
            return value, place
    raise EOFError
