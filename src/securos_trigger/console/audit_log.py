"""The audit log: one line of JSON for every change that a person makes in the console, done or refused."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from heapq import merge
from pathlib import Path
from typing import Any, Final

from securos_trigger.console.attempts import AttemptLimit
from securos_trigger.console.line_files import LineFile, LineReserve
from securos_trigger.console.security.roles import Role
from securos_trigger.errors import ConsoleError
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339

PAGE: Final = 100
#: Bytes of the details, the subject and the error of one entry: a few large entries must not push the others out.
MAX_DETAILS: Final = 4000
MAX_SUBJECT: Final = 500
_MAX_ERROR: Final = 1200
#: No line is longer.
_MAX_LINE: Final = 8 * 1024
#: A line begins with its time: enough of it to put lines of several files in order.
_TIME_BYTES: Final = 40
#: Attempts that the disk does not take are written later; of more the oldest are in the console's log alone.
_MOST_UNWRITTEN: Final = 100
_log = logging.getLogger("securos_trigger.console")


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
    """Adds entries to files that only their owner may read. From any thread.

    No person pushes out what one with a larger role has done: changes of the role `configure` are in `path`, those
    of others and attempts (who came and went, what was refused) in files beside it, each with its bound.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._changes = LineFile(path)
        self._others = LineFile(path.with_name(f"{path.stem}-operate{path.suffix}"))
        self._attempts = LineFile(path.with_name(f"{path.stem}-attempts{path.suffix}"))
        self._reserve = LineReserve(path.with_name(f"{path.name}.reserve"))
        self._limit = AttemptLimit(clock)
        self._unwritten: deque[bytes] = deque(maxlen=_MOST_UNWRITTEN)
        self._fault = ""
        self._logged = ("", "")
        self._held = 0
        self._lock = threading.Lock()

    @contextmanager
    def space(self) -> Iterator[None]:
        """Keep space for the line of what is done within, so that a full disk takes it. ConsoleError: there is none."""
        with self._lock:
            try:
                self._require_space()
            except OSError as error:
                raise ConsoleError(self._unwritable(error)) from error
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1

    def write(
        self, user: str, role: str, client: str, action: str, subject: str, details: Mapping[str, Any] | None = None
    ) -> None:
        """Add the line of a change that was done, within `space`."""
        line = _line(user, role, client, action, subject, details)
        with self._lock:
            try:
                self._file_of(role).append(line)
            except OSError as error:
                self._write_on_full_disk(line, error)

    def note(
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
        """Add the line of an attempt. What cannot be written stands in the console's log."""
        with self._lock:
            self._note_left_out()
            if self._limit.is_listed(user, role, client):
                self._add_attempt(_line(user, role, client, action, subject, details, error))

    def require_writable(self) -> None:
        """ConsoleError when the file cannot be opened. A full disk is said later: people can still look."""
        with self._lock:
            try:
                self._changes.append(b"")
            except OSError as error:
                raise ConsoleError(self._unwritable(error)) from error
            try:
                self._reserve.hold(_MAX_LINE)
            except OSError as error:
                _log.warning("%s", self._unwritable(error))

    def fault(self) -> str:
        """Why nothing more can be written now, as a sentence; empty: it can."""
        with self._lock:
            self._write_attempts()
            if self._unwritten:
                return self._fault
            try:
                self._require_space()
            except OSError as error:
                return self._unwritable(error)
            return ""

    def page(self, cursor: int | None = None) -> tuple[list[dict[str, Any]], int | None]:
        """The newest entries, and the cursor for older ones; None: there are none. `cursor` counts from the oldest."""
        with self._lock:
            self._note_left_out()
        lines = _in_order(self._changes, self._others, self._attempts, self._reserve)
        end = len(lines) if cursor is None else max(0, min(cursor, len(lines)))
        begin = max(0, end - PAGE)
        entries = [entry for line in reversed(lines[begin:end]) if (entry := _entry(line)) is not None]
        return entries, begin or None

    def entries(self) -> Iterator[dict[str, Any]]:
        """What persons of the role `configure` did, the newest first."""
        lines = _in_order(self._changes, self._reserve)
        return (entry for line in reversed(lines) if (entry := _entry(line)) is not None)

    def _require_space(self) -> None:
        for file in (self._changes, self._others):
            file.append(b"")
        self._take_out_of_reserve()
        self._reserve.hold((self._held + 1) * _MAX_LINE)

    def _file_of(self, role: object) -> LineFile:
        return self._changes if role == Role.CONFIGURE else self._others

    def _note_left_out(self) -> None:
        for who, count in self._limit.ended():
            client = who.client or ("" if who.role else "many addresses")
            error = f"and {count} more in a minute"
            self._add_attempt(_line(who.user, who.role, client, "attempts", "", None, error))

    def _add_attempt(self, line: bytes) -> None:
        self._unwritten.append(line)
        self._write_attempts()

    def _write_attempts(self) -> None:
        """Write what waits. Of what cannot be written the last one goes to the console's log."""
        try:
            while self._unwritten:
                self._attempts.append(self._unwritten[0])
                self._unwritten.popleft()
        except OSError as error:
            fault = self._unwritable(error)
            newest = self._unwritten[-1].decode("ascii").strip()
            if (fault, newest) != self._logged:
                _log.warning("%s Not written: %s", fault, newest)
            self._fault, self._logged = fault, (fault, newest)

    def _write_on_full_disk(self, line: bytes, error: OSError) -> None:
        try:
            self._reserve.append(line)
        except OSError:
            _log.error("%s Not written: %s", self._unwritable(error), line.decode("ascii").strip())

    def _take_out_of_reserve(self) -> None:
        """Bring lines that a full disk did not take to where they belong, when there is space again."""
        lines = self._reserve.lines()
        for line in lines:
            role = (_entry(line) or {}).get("role")
            try:
                self._file_of(role).append(line + b"\n")
            except OSError:
                return
        if lines:
            self._reserve.clear()

    def _unwritable(self, error: OSError) -> str:
        return f"The audit log {self.path} cannot be written: {reason_of(error)}."


def _line(
    user: str,
    role: str,
    client: str,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None,
    error: str = "",
) -> bytes:
    at = rfc3339(time.time())
    entry = AuditEntry(
        at,
        user,
        role,
        client,
        action,
        _cut(subject, MAX_SUBJECT),
        _bounded(details or {}),
        not error,
        _cut(error, _MAX_ERROR),
    )
    return json.dumps(asdict(entry), separators=(",", ":")).encode("ascii") + b"\n"


def _bounded(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details; of those that are too long the beginning, as text."""
    text = json.dumps(dict(details))
    return dict(details) if len(text) <= MAX_DETAILS else {"beginning": _cut(text, MAX_DETAILS)}


def _cut(text: str, most_bytes: int) -> str:
    """The beginning of a text, up to this number of bytes in JSON: a character may take twelve."""
    if len(text) * 12 <= most_bytes:
        return text
    left = most_bytes
    for index, character in enumerate(text):
        left -= len(json.dumps(character)) - 2
        if left < 0:
            return text[:index]
    return text


def _in_order(*files: LineFile | LineReserve) -> list[bytes]:
    """The lines of these files, the oldest first."""
    return list(merge(*(file.lines() for file in files), key=lambda line: line[:_TIME_BYTES]))


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:  # a crash has torn it
        return None
    return found
