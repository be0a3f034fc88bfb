"""Writes and reads a ledger on disk: lines of JSON in a file that is rotated when it is full.

`ledger.jsonl` is the one that is written, `ledger.jsonl.1` the one before it, and so on. The files are for looking
things up: they are not synced, and a line that a crash tore is passed over when they are read.
"""

from __future__ import annotations

import glob
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, Final

from securos_trigger.errors.wording import counted
from securos_trigger.ledger.entries import GapNote, Record, RunNote, span_of
from securos_trigger.ledger.lines import record_of
from securos_trigger.system.files import is_there
from securos_trigger.system.platform import open_file, replace

#: No line about a run is longer.
_LAST_LINES_BYTES: Final = 64 * 1024


class LedgerFiles:
    """The files behind `path`: at most `files` of them, none larger than `max_bytes` by more than one batch."""

    def __init__(self, path: Path, *, max_bytes: int, files: int) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._files = files
        self._may_be_torn = True

    def append(self, lines: bytes) -> None:
        """Add whole lines. Raises OSError; then some of them may be there, and the last one torn.

        The file is opened each time, so that one which was moved away or whose disk came back is no trouble.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_file(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with os.fdopen(descriptor, "ab", buffering=0) as file:
            size = file.tell()
            if self._may_be_torn and size and not self._ends_with_newline():
                lines = b"\n" + lines
            self._may_be_torn = True
            written = 0
            while written < len(lines):
                written += file.write(lines[written:])
            self._may_be_torn = False
        if size + written >= self._max_bytes:
            self._rotate()

    def _ends_with_newline(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"

    def _rotate(self) -> None:
        for number in range(self._files - 1, 0, -1):
            file = _numbered(self.path, number - 1)
            if file.exists():
                replace(file, _numbered(self.path, number))
        if self._files == 1:
            self.path.unlink()


def last_beginning(path: Path) -> RunNote | None:
    """The beginning of the run that wrote the ledger at `path` last. None: no line says it. OSError: unreadable."""
    lines = LedgerReading(path).containing('"kind":"run"')
    newest = deque((one for one in lines if isinstance(one, RunNote) and not one.is_end), maxlen=1)
    return newest[0] if newest else None


def recorded_until(path: Path) -> float | None:
    """The newest time (Unix seconds) in the last lines of the ledger at `path`. None: there is none."""
    return max((span_of(one)[1] for one in map(record_of, _last_lines(path)) if one is not None), default=None)


def _last_lines(path: Path) -> list[bytes]:
    files = LedgerReading(path).files()
    if not files:
        return []
    with files[-1].open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST_LINES_BYTES))
        return file.read().splitlines()


def last_end(path: Path) -> RunNote | None:
    """The end of the run that wrote the ledger at `path` last. None: it does not say. OSError: it cannot be read."""
    lines = _last_lines(path)
    record = record_of(lines[-1]) if lines else None
    return record if isinstance(record, RunNote) and record.is_end else None


class LedgerReading:
    """Reads the files of a ledger once, oldest line first. `unreadable_lines` counts what was passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unreadable_lines = 0
        self._is_cut = False  # the line read last: it may still be written

    def files(self) -> list[Path]:
        """The files that exist, oldest first. OSError when this user may not look."""
        older = [
            (int(number), file)
            for file in self.path.parent.glob(f"{glob.escape(self.path.name)}.*")
            if (number := file.name.removeprefix(f"{self.path.name}.")).isdecimal()
        ]
        newest = [self.path] if is_there(self.path) else []
        return [file for _, file in sorted(older, reverse=True)] + newest

    def __iter__(self) -> Iterator[Record]:
        with ExitStack() as stack:
            opened = self._opened(stack)
            yield from self._with_gaps((record for lines in opened for record in self._records_in(lines)), opened)

    def _opened(self, stack: ExitStack) -> list[BinaryIO]:
        """Every file, open, all at once: they may be rotated while they are read."""
        opened: list[BinaryIO] = []
        for file in self.files():
            with suppress(FileNotFoundError):  # just removed: it was the oldest
                opened.append(stack.enter_context(file.open("rb")))
        return opened

    def containing(self, text: str) -> Iterator[Record]:
        """The records of lines that hold this text, oldest first. Much faster than to read every record."""
        wanted = text.encode("utf-8", "replace")
        with ExitStack() as stack:
            for lines in self._opened(stack):
                yield from self._records_in(line for line in lines if wanted in line)

    def _records_in(self, lines: Iterable[bytes]) -> Iterator[Record]:
        for line in lines:
            record = record_of(line)
            self._is_cut = record is None and not line.endswith(b"\n")
            if record is not None:
                yield record
            elif line.strip():
                self.unreadable_lines += 1

    def _with_gaps(self, records: Iterable[Record], opened: Sequence[BinaryIO]) -> Iterator[Record]:
        """The records, and a gap for lines between them that cannot be read: they were of the time between.

        Lines at the end were of the time until the file was written last.
        """
        newest_at_s, unreadable_before = 0.0, 0
        for record in records:
            from_at_s, until_at_s = span_of(record)
            unreadable = self.unreadable_lines - unreadable_before
            if unreadable and newest_at_s and not isinstance(record, RunNote):  # that says it itself
                yield _gap_of(unreadable, newest_at_s, from_at_s)
            unreadable_before = self.unreadable_lines
            newest_at_s = max(newest_at_s, until_at_s)
            yield record
        unreadable = self.unreadable_lines - unreadable_before - self._is_cut
        if unreadable and newest_at_s:
            yield _gap_of(unreadable, newest_at_s, os.fstat(opened[-1].fileno()).st_mtime)


def _gap_of(unreadable: int, from_at_s: float, until_at_s: float) -> GapNote:
    return GapNote(from_at_s, max(from_at_s, until_at_s), f"{counted(unreadable, 'line')} cannot be read")


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}") if number else path
