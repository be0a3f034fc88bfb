"""Which program has written a configuration file as it is: `NAME.writer` beside it says so, for the console."""

from __future__ import annotations

import json
from pathlib import Path

from securos_trigger.config.reader import digest_of
from securos_trigger.config.versions import digest_of_file
from securos_trigger.errors import ConfigurationError
from securos_trigger.system.files import write_whole
from securos_trigger.system.real_paths import real_path


def write_as_program(path: Path, text: str, program: str) -> None:
    """Write the file for a program, which the console then names instead of a person. OSError: it cannot be written."""
    path = real_path(path)
    write_whole(_writer_of(path), json.dumps({"digest": digest_of(text), "program": program}), like=path)
    write_whole(path, text, like=path)


def written_by(path: Path) -> str:
    """The program that has written the file as it is now; empty: none has said so."""
    path = real_path(path)
    try:
        noted = json.loads(_writer_of(path).read_bytes())
        return str(noted["program"]) if noted["digest"] == digest_of_file(path) else ""
    except (OSError, ValueError, TypeError, KeyError, ConfigurationError):
        return ""


def _writer_of(path: Path) -> Path:
    return path.with_name(path.name + ".writer")
