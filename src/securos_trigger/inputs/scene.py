"""A folder of recorded messages with its `expected.json`: the messages as they arrived, one file each, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import ArgumentError, ConfigurationError, Mistake
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.values import shown
from securos_trigger.system.near_files import meant_file
from securos_trigger.system.reasons import reason_of

EXPECTED: Final = "expected.json"


def read_scene(folder: Path) -> dict[str, Any]:
    """What `expected.json` says. ArgumentError: it is not there, or is no JSON object."""
    path = folder / EXPECTED
    try:
        scene = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if not folder.exists():
            meant = meant_file(folder, error, ("*.jsonl", "*.jsonl.gz", "*/"), "the recording")
            raise ArgumentError("folder", f"there is no file or folder {folder}. {meant}".rstrip(". ")) from None
        raise ArgumentError("folder", f"{path} is not there; it lists the messages and when they arrived") from None
    except OSError as error:
        raise ArgumentError("folder", f"{path} cannot be read: {reason_of(error)}") from None
    except ValueError as error:  # no JSON, or no UTF-8
        raise ArgumentError("folder", f"{path} is not JSON: {error}") from None
    except RecursionError:
        raise ArgumentError("folder", f"{path} is nested too deep") from None
    if not isinstance(scene, dict):
        raise ArgumentError("folder", f"{path} has no JSON object")
    return scene


def start_of(path: Path, scene: Mapping[str, Any]) -> float:
    """`clock_at_start` in Unix seconds. ArgumentError: it is no time with a zone."""
    written = scene.get("clock_at_start")
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        what = f"{path}: clock_at_start is not a time with its zone, such as 2026-05-04T09:12:31.250Z"
        raise ArgumentError("folder", what)
    return found.timestamp()


def entries_of(folder: Path, scene: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of a scene, in order. ArgumentError or ConfigurationError: they are not listed rightly."""
    entries = scene.get("messages")
    if not isinstance(entries, list):
        raise ArgumentError("folder", f"{folder / EXPECTED}: messages is not a list")
    mistakes = [
        Mistake(f"messages[{index}]", "is not an object with a file and a number at_s")
        for index, one in enumerate(entries)
        if not (isinstance(one, dict) and isinstance(one.get("file"), str) and is_seconds(one.get("at_s", 0)))
    ]
    if mistakes:
        raise ConfigurationError(mistakes, str(folder / EXPECTED))
    return entries


def is_seconds(value: object) -> bool:
    """True for a number that can be a time in a recording."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def messages_of(
    folder: Path, entry: Mapping[str, Any], scene: Mapping[str, Any], arrived_at: float
) -> Iterator[Message]:
    """The bytes of a file as messages: one, or the pieces in which they arrived."""
    path = folder / entry["file"]
    try:
        if path.exists() and not path.is_file():  # a pipe would be read for ever
            raise ArgumentError("folder", f"{path} is not a file")
        with path.open("rb") as file:
            body = file.read(MAX_BODY_BYTES + 1)
    except ValueError:
        raise ArgumentError("folder", f"{shown(entry['file'])} is not the name of a file") from None
    except OSError as error:
        raise ArgumentError("folder", f"{path} cannot be read: {reason_of(error)}") from None
    pieces = _pieces(body, entry)
    for index, piece in enumerate(pieces):
        yield message_with(piece, entry, scene, arrived_at, is_last_part=index == len(pieces) - 1)


def message_with(
    body: bytes,
    entry: Mapping[str, Any],
    scene: Mapping[str, Any],
    arrived_at: float,
    *,
    is_last_part: bool = True,
) -> Message:
    """A message with what its entry and its scene say of its transport."""
    return Message(
        body=body,
        arrived_at=arrived_at,
        topic=str(entry.get("topic", "")),
        qos=1 if entry.get("qos") == 1 else 0,
        retain=entry.get("retain") is True,
        dup=entry.get("dup") is True,
        url=str(entry.get("url", scene.get("url", ""))),
        content_type=str(entry.get("content_type", scene.get("content_type", ""))),
        is_last_part=is_last_part,
    )


def _pieces(body: bytes, entry: Mapping[str, Any]) -> list[bytes]:
    size, lengths = entry.get("pieces"), entry.get("rtp_payloads")
    if isinstance(size, int) and size > 0 and body:
        return [body[at : at + size] for at in range(0, len(body), size)]
    cuts = lengths if isinstance(lengths, list) else size if isinstance(size, list) else []
    pieces, at = [], 0
    for length in cuts:
        if isinstance(length, int) and length > 0 and at < len(body):
            pieces.append(body[at : at + length])
            at += length
    return [*pieces, body[at:]] if at < len(body) or not pieces else pieces
