"""The feed of an input whose messages were recorded: a file or a folder, read once, from where the last run ended."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from securos_trigger.errors import ArgumentError, ConfigurationError, MessageError, RecordingError
from securos_trigger.inputs.feed import Arrival, ArrivalQueue, ConnectionState, Position
from securos_trigger.inputs.file_settings import FileSettings
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.message_lines import message_lines
from securos_trigger.inputs.scene import EXPECTED, entries_of, messages_of, read_scene, start_of
from securos_trigger.inputs.values import read_json
from securos_trigger.notices import Announcer
from securos_trigger.system.reasons import reason_of

#: The beginning of a file, by which it is known again although it has grown, in bytes.
_HEAD_BYTES: Final = 65_536
#: A file that is one message, or one list of them, in bytes.
_MAX_FILE_BYTES: Final = 256 * 1024**2
_LINES: Final = (".jsonl", ".ndjson", ".gz")

#: Cuts a list that a file holds into the bodies of messages.
ListCutter = Callable[[list[Any]], Iterable[bytes]]


class FileQueue(ArrivalQueue):
    """Reads the messages when they are taken; each has the position after which the next run goes on."""

    def __init__(
        self, messages: Iterator[Message], mark: Mapping[str, Any], index: int, names: _NamesRead, *, is_paced: bool
    ) -> None:
        super().__init__()
        self._messages = messages
        self._mark = mark
        self._index = index
        self._names = names
        self._is_paced = is_paced
        self._shift_s: float | None = None
        self._ahead: Message | None = None
        self._failure: RecordingError | None = None

    def take(self, limit: int, timeout_s: float) -> list[Arrival]:
        """The next messages; at the speed of the recording where that is wanted.

        RecordingError: the recording cannot be read on. What was read before it is handed over first.
        """
        found: list[Arrival] = []
        until_ticks = time.monotonic() + timeout_s
        while len(found) < limit and (message := self._next_readable(has_others=bool(found))) is not None:
            if self._is_paced and not self._is_due(message, until_ticks, has_others=bool(found)):
                break
            self._ahead = None
            self._index += 1
            position = {**self._mark, "index": self._index, **self._names.until(self._index)}
            found.append(Arrival(message, position=position))
        return found

    def _next_readable(self, *, has_others: bool) -> Message | None:
        """The next message; None: there is none, or it cannot be read and others have to be handed over first."""
        if self._failure is None:
            try:
                return self._next()
            except RecordingError as error:
                self._failure = error
        if has_others:
            return None
        raise self._failure

    def _next(self) -> Message | None:
        if self._ahead is None:
            self._ahead = next(self._messages, None)
            self.is_finished = self._ahead is None
            if self._ahead is not None and self._is_paced:
                self._ahead = replace(self._ahead, arrived_at=self._ahead.arrived_at + self._shift(self._ahead))
        return self._ahead

    def _shift(self, first: Message) -> float:
        if self._shift_s is None:
            self._shift_s = time.time() - first.arrived_at
        return self._shift_s

    def _is_due(self, message: Message, until_ticks: float, *, has_others: bool) -> bool:
        wait_s = message.arrived_at - time.time()
        if wait_s <= 0:
            return True
        if not has_others:
            time.sleep(max(0.0, min(wait_s, until_ticks - time.monotonic())))
        return message.arrived_at <= time.time()


class _NamesRead:
    """Knows the files of a folder that were read: by a hash of their names, the last one, and when one came last.

    `files` are in order; of a single file, or of a folder with a list, none.
    """

    def __init__(self, files: list[Path]) -> None:
        self._files = [(one.name, one.stat().st_ctime_ns) for one in files]
        self._count = 0
        self._hash = hashlib.sha256()
        self._newest_ns = 0

    def until(self, index: int) -> dict[str, Any]:
        """What is kept of the first `index` names, no fewer than before. Of a file, or with a list: nothing."""
        for name, changed_ns in self._files[self._count : index]:
            self._hash.update(os.fsencode(name) + b"\0")
            self._newest_ns = max(self._newest_ns, changed_ns)
        self._count = index
        if not (count := min(index, len(self._files))):
            return {}
        return {"names": self._hash.hexdigest(), "last": self._files[count - 1][0], "newest_ns": self._newest_ns}

    def go_on_after(self, position: Position) -> int:
        """How many of the files the run with this position has read.

        Fewer than it read are left: some were removed. Where one of them came later than all that were read, or as many
        are there, one is new between them, and all are read again, so that none is left out.
        """
        index = int(position.get("index", 0))
        if "last" not in position or self.until(index).get("names") == position["names"]:
            return index  # an older version has kept none
        left = [changed_ns for name, changed_ns in self._files if name <= str(position["last"])]
        is_new = max(left, default=0) > int(position.get("newest_ns", 0))
        return len(left) if len(left) < index and not is_new else 0


class FileFeed:
    """The feed of recorded messages. `position` is where the last run has ended, in this file or in another."""

    def __init__(
        self,
        source_name: str,
        settings: FileSettings,
        announcer: Announcer,
        *,
        cut_list: ListCutter | None = None,
        position: Position | None = None,
    ) -> None:
        self.state = ConnectionState(source_name, announcer)
        self.queue: ArrivalQueue = ArrivalQueue()
        self._settings = settings
        self._cut_list = cut_list
        self._position = position or {}

    def start(self) -> None:
        """Open the file. RecordingError: it is not there, or cannot be read."""
        path = self._settings.path
        with _failures_in_words(path):
            mark = _mark(path, self._position)
            files = _files_of(path) if path.is_dir() else []
            messages = self._messages(path, files)
            named = files if not (path / EXPECTED).exists() else []
            names, before = _NamesRead(named), _NamesRead(named)
        is_known = mark["head"] == self._position.get("head")
        index = before.go_on_after(self._position) if is_known else 0
        names.until(index)
        rest = islice(_guarded(path, messages), index, None)
        self.queue = FileQueue(rest, mark, index, names, is_paced=self._settings.realtime)
        self.state.note_connected(f"{path}, from message {index + 1:,} on")

    def close(self) -> None:
        """Nothing: the file is closed when it is no longer read."""

    def _messages(self, path: Path, files: list[Path]) -> Iterator[Message]:
        if path.is_dir():
            return _of_folder(path, files)
        if path.suffix.lower() in _LINES:
            return message_lines(path, start_at=path.stat().st_mtime, messages_per_s=self._settings.messages_per_s)
        return self._of_file(path)

    def _of_file(self, path: Path) -> Iterator[Message]:
        """A file that is one message, or a list of them."""
        written_at = path.stat().st_mtime
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise RecordingError(f"{path} has more than {_MAX_FILE_BYTES // 1024**2} MiB: write lines of JSON instead")
        body = path.read_bytes()
        document = None if self._cut_list is None else read_json(body)
        if self._cut_list is None or not isinstance(document, list):
            yield Message(body=body, arrived_at=written_at)
            return
        for index, one in enumerate(self._cut_list(document)):
            yield Message(body=one, arrived_at=written_at + index / self._settings.messages_per_s)


def _of_folder(folder: Path, files: list[Path]) -> Iterator[Message]:
    """The messages of `expected.json`, else of each of its files, in the order of their names."""
    if (folder / EXPECTED).exists():
        scene = read_scene(folder)
        start_at = start_of(folder / EXPECTED, scene)
        for entry in entries_of(folder, scene):
            yield from messages_of(folder, entry, scene, start_at + float(entry.get("at_s", 0.0)))
        return
    for path in files:
        with path.open("rb") as file:
            yield Message(body=file.read(MAX_BODY_BYTES + 1), arrived_at=path.stat().st_mtime)


def _mark(path: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """What a file or a folder is known by: its beginning, as long as it was when it was first read."""
    begin = _beginning(path)
    size = int(known.get("head_bytes", 0))
    if not 0 < size <= len(begin) or hashlib.sha256(begin[:size]).hexdigest() != known.get("head"):
        size = len(begin)
    return {"head": hashlib.sha256(begin[:size]).hexdigest(), "head_bytes": size}


def _beginning(path: Path) -> bytes:
    """The first bytes of a file; of a folder those of its list, else of its files in the order of their names."""
    files = [path]
    if path.is_dir():
        files = [path / EXPECTED] if (path / EXPECTED).exists() else _files_of(path)
    begin = b""
    for one in files:
        with one.open("rb") as file:
            begin += file.read(_HEAD_BYTES - len(begin))
        if len(begin) == _HEAD_BYTES:
            break
    return begin


def _files_of(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_file())


@contextmanager
def _failures_in_words(path: Path) -> Iterator[None]:
    """Turn what reading a file can fail with into a RecordingError."""
    try:
        yield
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {reason_of(error)}") from None
    except EOFError:
        raise RecordingError(f"{path} cannot be read: it is cut off") from None
    except (ArgumentError, ConfigurationError, MessageError) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from None


def _guarded(path: Path, messages: Iterator[Message]) -> Iterator[Message]:
    with _failures_in_words(path):
        yield from messages
