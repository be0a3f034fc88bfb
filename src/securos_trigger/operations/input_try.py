"""Send recorded messages through an input, on their own clock, and compare what is read with what was expected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from securos_trigger.errors import ArgumentError, ConfigurationError, Mistake
from securos_trigger.inputs.comparison import differences
from securos_trigger.inputs.happening import Happening
from securos_trigger.inputs.kind import Kind
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.report import report
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.system.reasons import reason_of
from securos_trigger.validation.mistakes import mistakes_from

EXPECTED: Final = "expected.json"


@dataclass(frozen=True, slots=True)
class TriedMessage:
    """One message: what was read of it, as plain data, and where that differs from what was expected."""

    line: Mapping[str, Any]
    differences: tuple[str, ...]


def try_input(folder: Path) -> Iterator[TriedMessage]:
    """Read the messages of `folder` in the order of its `expected.json`.

    ArgumentError: the folder, a file or the kind cannot be used. ConfigurationError: its settings have mistakes.
    """
    scene = _scene(folder)
    start_at = _start_at(folder, scene)
    kind = _kind(folder, scene)
    reader = InputReader(kind, _settings(folder, kind, scene))
    for number, entry in enumerate(_entries(folder, scene), start=1):
        happenings: list[Happening] = []
        arrived_at = start_at + float(entry.get("at_s", 0.0))
        for message in _messages(folder, entry, scene, arrived_at):
            happenings += reader.take(message)
        line = {"file": entry["file"], **report(happenings, has_parts=kind.has_parts)}
        expected = entry.get("expect")
        found = differences(expected, line, arrived_at=arrived_at) if isinstance(expected, dict) else []
        yield TriedMessage(line, tuple(f"{number} {entry['file']}: {one}" for one in found))


def _scene(folder: Path) -> dict[str, Any]:
    path = folder / EXPECTED
    try:
        scene = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArgumentError("folder", f"{path} is not there; it lists the messages and when they arrived") from None
    except OSError as error:
        raise ArgumentError("folder", f"{path} cannot be read: {reason_of(error)}") from None
    except ValueError as error:  # no JSON, or no UTF-8
        raise ArgumentError("folder", f"{path} is no JSON: {error}") from None
    if not isinstance(scene, dict):
        raise ArgumentError("folder", f"{path} holds no JSON object")
    return scene


def _start_at(folder: Path, scene: Mapping[str, Any]) -> float:
    written = scene.get("clock_at_start")
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        what = f"{folder / EXPECTED}: clock_at_start is not a time with its zone, such as 2026-05-04T09:12:31.250Z"
        raise ArgumentError("folder", what)
    return found.timestamp()


def _kind(folder: Path, scene: Mapping[str, Any]) -> Kind:
    try:
        return load_kind(str(scene.get("format", "")))
    except ArgumentError as error:
        raise ArgumentError("folder", f"{folder / EXPECTED}: format: {error}") from None


def _settings(folder: Path, kind: Kind, scene: Mapping[str, Any]) -> InputSettings:
    """The settings of the kind that stand in the header; its other keys are notes."""
    known = set(kind.settings.model_fields) - {"type", "name", "cameras"}
    given = {name: value for name, value in scene.items() if name in known}
    try:
        return kind.settings.model_validate({**given, "cameras": scene.get("camera_map", {})})
    except ValidationError as error:
        raise ConfigurationError(mistakes_from(error, kind.settings), str(folder / EXPECTED)) from None


def _entries(folder: Path, scene: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries = scene.get("messages")
    if not isinstance(entries, list):
        raise ArgumentError("folder", f"{folder / EXPECTED}: messages is not a list")
    mistakes = [
        Mistake(f"messages[{index}]", "is not an object with a file and a number at_s")
        for index, one in enumerate(entries)
        if not (isinstance(one, dict) and isinstance(one.get("file"), str) and _is_number(one.get("at_s", 0)))
    ]
    if mistakes:
        raise ConfigurationError(mistakes, str(folder / EXPECTED))
    return entries


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _messages(folder: Path, entry: Mapping[str, Any], scene: Mapping[str, Any], arrived_at: float) -> Iterator[Message]:
    """The bytes of a file as messages: one, or the pieces in which they arrive."""
    path = folder / entry["file"]
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BODY_BYTES + 1)
    except OSError as error:
        raise ArgumentError("folder", f"{path} cannot be read: {reason_of(error)}") from None
    pieces = _pieces(body, entry)
    for index, piece in enumerate(pieces):
        yield Message(
            body=piece,
            arrived_at=arrived_at,
            topic=str(entry.get("topic", "")),
            qos=1 if entry.get("qos") == 1 else 0,
            retain=entry.get("retain") is True,
            dup=entry.get("dup") is True,
            url=str(entry.get("url", scene.get("url", ""))),
            content_type=str(entry.get("content_type", scene.get("content_type", ""))),
            is_last_part=index == len(pieces) - 1,
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
