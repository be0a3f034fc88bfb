"""Send recorded messages through an input, on their own clock, and compare what is read with what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.inputs.comparison import differences, expectation_mistakes
from securos_trigger.inputs.happening import Happening
from securos_trigger.inputs.kind import Kind
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.message_lines import message_lines, recorded_header
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.report import report
from securos_trigger.inputs.scene import EXPECTED, entries_of, messages_of, read_scene, start_of
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.system.reasons import reason_of
from securos_trigger.validation.mistakes import mistakes_from


@dataclass(frozen=True, slots=True)
class TriedMessage:
    """One message: what was read of it, as plain data, and where that differs from what was expected."""

    line: Mapping[str, Any]
    differences: tuple[str, ...]


def try_input(folder: Path) -> Iterator[TriedMessage]:
    """Read the messages of `folder` in the order of its `expected.json`, or those of a recording of messages.

    ArgumentError: the folder, a file or the kind cannot be used. ConfigurationError: its settings have mistakes.
    """
    if folder.is_file():
        yield from _try_recording(folder)
        return
    scene = read_scene(folder)
    start_at = start_of(folder / EXPECTED, scene)
    kind = _kind(folder / EXPECTED, scene)
    reader = InputReader(kind, _settings(folder / EXPECTED, kind, scene))
    entries = entries_of(folder, scene)
    _require_comparable(folder / EXPECTED, entries)
    for number, entry in enumerate(entries, start=1):
        happenings: list[Happening] = []
        arrived_at = start_at + float(entry.get("at_s", 0.0))
        for message in messages_of(folder, entry, scene, arrived_at):
            happenings += reader.take(message)
        line = {"file": entry["file"], **report(happenings, has_parts=kind.has_parts)}
        expected = entry.get("expect")
        found = [] if expected is None else differences(expected, line, arrived_at=arrived_at)
        yield TriedMessage(line, tuple(f"{number} {entry['file']}: {one}" for one in found))


def _require_comparable(path: Path, entries: list[dict[str, Any]]) -> None:
    if not entries:
        raise ArgumentError("folder", f"{path}: messages is empty, so that nothing would be tried")
    mistakes = [
        mistake
        for index, entry in enumerate(entries)
        if entry.get("expect") is not None
        for mistake in expectation_mistakes(entry["expect"], f"messages[{index}].expect")
    ]
    if mistakes:
        raise ConfigurationError(mistakes, str(path))


def _try_recording(path: Path) -> Iterator[TriedMessage]:
    """What is read of the lines of a recording."""
    try:
        header = recorded_header(path)
        if header is None:
            what = f"{path} is not a recording of messages: its first line has no format and no clock_at_start"
            raise ArgumentError("folder", f"{what}. `securos-trigger record --help` says how one is written.")
        kind = _kind(path, header)
        reader = InputReader(kind, _settings(path, kind, header))
        for number, message in enumerate(message_lines(path, start_at=0.0, messages_per_s=1.0), start=2):
            happenings = reader.take(message)
            yield TriedMessage({"line": number, **report(happenings, has_parts=kind.has_parts)}, ())
    except (OSError, EOFError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "it is cut off"
        raise ArgumentError("folder", f"{path} cannot be read: {reason}") from None


def _kind(header_file: Path, scene: Mapping[str, Any]) -> Kind:
    try:
        return load_kind(str(scene.get("format", "")))
    except ArgumentError as error:
        raise ArgumentError("folder", f"{header_file}: format: {error}") from None


def _settings(header_file: Path, kind: Kind, scene: Mapping[str, Any]) -> InputSettings:
    """The settings of the kind that stand in the header; its other keys are notes."""
    known = set(kind.settings.model_fields) - {"type", "name", "cameras"}
    given = {name: value for name, value in scene.items() if name in known}
    try:
        return kind.settings.model_validate({**given, "cameras": scene.get("camera_map", {})})
    except ValidationError as error:
        raise ConfigurationError(mistakes_from(error, kind.settings), str(header_file)) from None
