"""The audit log: one line of JSON for every change that a person makes in the console, done, refused or cut off."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import merge
from pathlib import Path
from typing import Any, Final

from securos_trigger.console.attempts import AttemptLimit
from securos_trigger.console.audit_entry import bytes_of, cut_config, entry_in, line_of
from securos_trigger.console.line_files import LineFile, LineReserve
from securos_trigger.console.security.roles import Role
from securos_trigger.console.under_way import PLACE_BYTES, UnderWay
from securos_trigger.errors import ConsoleError
from securos_trigger.system.reasons import reason_of

PAGE: Final = 100
#: No line is longer.
_MAX_LINE: Final = PLACE_BYTES
#: A line begins with its time: enough of it to put lines of several files in order.
_TIME_BYTES: Final = 40
#: Attempts that the disk does not take are written later; of more the oldest are in the console's log alone.
_MOST_UNWRITTEN: Final = 100
_ENDED: Final = "the console ended meanwhile: it is not known whether this was done"
_NOT_WAITED: Final = "the console ended before the service had answered"
_log = logging.getLogger("securos_trigger.console")
#: When changes that were under way at the end of a console were done; None: it is not known
#: whether one was.
DoneWhen = Callable[[Sequence[Mapping[str, Any]]], Sequence[str | None]]


class AuditLog:
    """Adds entries to files that only their owner may read. From any thread.

    No person pushes out what one with a larger role has done: changes of the role `configure` are in `path`, those
    of others and attempts (who came and went, what was refused, what changed nothing) in files beside it, each with
    its bound. `config` is the file that they are about.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic, config: str = "") -> None:
        self.path = path
        self.config = cut_config(config)
        self._changes = LineFile(path)
        self._others = LineFile(path.with_name(f"{path.stem}-operate{path.suffix}"))
        self._attempts = LineFile(path.with_name(f"{path.stem}-attempts{path.suffix}"))
        self._reserve = LineReserve(path.with_name(f"{path.name}.reserve"))
        self._under_way = UnderWay(path.with_name(f"{path.name}.under-way"))
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

    @contextmanager
    def begun(
        self, user: str, role: str, client: str, action: str, subject: str, details: Mapping[str, Any] | None = None
    ) -> Iterator[None]:
        """Keep `space`, and beside the log what is done within, until it has its line. ConsoleError: it cannot be kept.

        Where the console is killed meanwhile, `settle` of the next one writes the line.
        """
        line = line_of(user, role, client, action, subject, details, config=self.config)
        with self.space():
            with self._lock:
                try:
                    place = self._under_way.put(line)
                except OSError as error:
                    raise ConsoleError(self._unwritable(error)) from error
            try:
                yield
            finally:
                with self._lock:
                    self._clear(place)

    def settle(self, done_when: DoneWhen) -> None:
        """Write the lines of what was under way when a console ended. What cannot be written is tried again later."""
        with self._lock:
            try:
                left = self._under_way.left()
            except OSError as error:
                _log.warning("%s", self._unwritable(error))
                return
            found = {place: entry for place, line in left.items() if (entry := entry_in(line)) is not None}
            for place in left.keys() - found.keys():  # a crash has torn it, before anything was begun
                self._clear(place)
            places = sorted(found, key=lambda place: str(found[place]["at"]))
            own = [place for place in places if self._is_own(found[place])]
            done_at = dict(zip(own, done_when([found[place] for place in own]), strict=True))
            for place in places:
                if self._has_settled(found[place], done_at.get(place)):
                    self._clear(place)

    def write(
        self,
        user: str,
        role: str,
        client: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
        *,
        doubt: str = "",
    ) -> None:
        """Add the line of a change that was done, within `space`. `doubt` says why it is not known whether it was."""
        line = line_of(user, role, client, action, subject, details, doubt, is_known=not doubt, config=self.config)
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
                self._add_attempt(line_of(user, role, client, action, subject, details, error, config=self.config))

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
        entries = [entry for line in reversed(lines[begin:end]) if (entry := entry_in(line)) is not None]
        return entries, begin or None

    def entries(self) -> Iterator[dict[str, Any]]:
        """What persons of the role `configure` did with this configuration, the newest first."""
        lines = _in_order(self._changes, self._reserve)
        return (one for line in reversed(lines) if (one := entry_in(line)) is not None and self._is_own(one))

    def _is_own(self, entry: Mapping[str, Any]) -> bool:
        """False for an entry about another configuration, which has the same outbox."""
        return entry.get("config", "") in ("", self.config)

    def _require_space(self) -> None:
        for file in (self._changes, self._others):
            file.append(b"")
        self._take_out_of_reserve()
        self._reserve.hold((self._held + 1) * _MAX_LINE)
        self._under_way.open()

    def _has_settled(self, entry: Mapping[str, Any], done_at: str | None) -> bool:
        """Write the line of what was cut off. False: the disk does not take it."""
        if done_at is None:
            line = bytes_of({**entry, "is_done": None, "error": _ENDED})
        else:
            line = bytes_of({**entry, "at": done_at, "details": {**entry["details"], "not_in_force": _NOT_WAITED}})
        try:
            self._file_of(entry["role"]).append(line)
        except OSError:
            try:
                self._reserve.append(line)
            except OSError as error:
                _log.error("%s Not written yet: %s", self._unwritable(error), line.decode("ascii").strip())
                return False
        return True

    def _clear(self, place: int) -> None:
        try:
            self._under_way.clear(place)
        except OSError as error:
            _log.warning("%s", self._unwritable(error))

    def _file_of(self, role: object) -> LineFile:
        return self._changes if role == Role.CONFIGURE else self._others

    def _note_left_out(self) -> None:
        for who, count in self._limit.ended():
            client = who.client or ("" if who.role else "many addresses")
            error = f"and {count} more in a minute"
            self._add_attempt(line_of(who.user, who.role, client, "attempts", "", None, error))

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
            role = (entry_in(line) or {}).get("role")
            try:
                self._file_of(role).append(line + b"\n")
            except OSError:
                return
        if lines:
            self._reserve.clear()

    def _unwritable(self, error: OSError) -> str:
        return f"The audit log {self.path} cannot be written: {reason_of(error)}."


def _in_order(*files: LineFile | LineReserve) -> list[bytes]:
    """The lines of these files, the oldest first."""
    return list(merge(*(file.lines() for file in files), key=lambda line: line[:_TIME_BYTES]))
