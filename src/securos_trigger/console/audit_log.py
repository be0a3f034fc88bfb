"""The audit log: one line of JSON for every change that a person makes in the console, done or refused."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import ConsoleError
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339

#: The file is rotated at this size; one older file is kept.
MAX_BYTES: Final = 5 * 1024**2
PAGE: Final = 100
#: Characters of the details, and of the subject, of one entry: a few large entries must not push the others out.
MAX_DETAILS: Final = 4000
MAX_SUBJECT: Final = 500


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `subject` is what was changed, `details` says how, without secrets. `error` says why it was not."""

    at: str
    user: str
    role: str
    client: str
    action: str
    subject: str
    details: Mapping[str, Any]
    is_done: bool
    error: str = ""


class AuditLog:
    """Appends entries to a file that only its owner may read. From any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def write(
        self,
        user: str,
        role: str,
        client: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
        *,
        error: str = "",
    ) -> None:
        """Add a line. ConsoleError: it cannot be written."""
        at = rfc3339(time.time())
        bounded = _bounded(details or {})
        entry = AuditEntry(at, user, role, client, action, subject[:MAX_SUBJECT], bounded, not error, error)
        line = json.dumps(asdict(entry), separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            try:
                self._append(line)
            except OSError as error_:
                raise ConsoleError(f"The audit log {self.path} cannot be written: {reason_of(error_)}.") from error_

    def require_writable(self) -> None:
        """ConsoleError when no line can be added: what cannot be audited is not to be done."""
        with self._lock:
            try:
                self._append(b"")
            except OSError as error:
                raise ConsoleError(f"The audit log {self.path} cannot be written: {reason_of(error)}.") from error

    def page(self, cursor: int | None = None) -> tuple[list[dict[str, Any]], int | None]:
        """The newest entries, and the cursor for older ones; None: there are none. `cursor` counts from the oldest."""
        lines = self._lines()
        end = len(lines) if cursor is None else max(0, min(cursor, len(lines)))
        begin = max(0, end - PAGE)
        entries = [entry for line in reversed(lines[begin:end]) if (entry := _entry(line)) is not None]
        return entries, begin or None

    def entries(self) -> Iterator[dict[str, Any]]:
        """All entries, the newest first."""
        return (entry for line in reversed(self._lines()) if (entry := _entry(line)) is not None)

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size >= MAX_BYTES:
            self.path.replace(self._older)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(b"\n" + line if line and self._is_torn() else line)

    def _is_torn(self) -> bool:
        """True when the last line has no end: a crash or a full disk has torn it. The next one is not to join it."""
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    @property
    def _older(self) -> Path:
        return self.path.with_name(f"{self.path.name}.1")

    def _lines(self) -> list[bytes]:
        return [line for path in (self._older, self.path) if path.exists() for line in path.read_bytes().splitlines()]


def _bounded(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details; of those that are too long the beginning, as text."""
    text = json.dumps(dict(details))
    return dict(details) if len(text) <= MAX_DETAILS else {"beginning": text[:MAX_DETAILS]}


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:  # a crash has torn it
        return None
    return found
