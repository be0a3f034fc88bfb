"""Metadata recordings: the files that `record` and the recorder node write, and that `replay` and `check` read.

One frame a line (`recorded_frames`); gzip may compress it.
"""

from __future__ import annotations

import gzip
import io
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from securos_trigger.errors import RecordingError
from securos_trigger.metadata.recorded_frames import ReadFrame, RecordedFrame, frame_in
from securos_trigger.system.near_files import meant_file
from securos_trigger.system.output_file import Existing, OutputFile
from securos_trigger.system.reasons import reason_of

#: A longer line is no frame: it is left out, and memory stays bounded.
MAX_LINE_BYTES = 16 * 1024**2
#: After this many lines without a frame the rest is not read: a small compressed file may hold hundreds of millions.
MAX_LINES_WITHOUT_FRAME = 1_000_000
#: Broken lines that are named; the rest is counted.
MAX_NAMED_LINES = 10

# A recording has a frame among these.
_FIRST_LINES = 10
_NO_MORE = "after {:,} lines without a frame the rest is not read"
_GZIP_MAGIC = b"\x1f\x8b"
_READ_BYTES = 1024**2
# What a crash may cost. Flushing every line would spoil the compression.
_FLUSH_EVERY_S = 1.0


#: How a recording is written, for the error about a file that is none.
HOW_TO_MAKE = "`securos-trigger record CONFIG --out recording.jsonl.gz` writes one."
_WHAT_IT_IS = 'A recording has a frame in each line: {"at": 0.2, "metadata": {…}}.'


def unreadable(path: Path, error: OSError) -> RecordingError:
    """The error about a recording that cannot be opened; it names the one that was probably meant."""
    fix = meant_file(path, error, ("*.jsonl", "*.jsonl.gz"), "the recording", HOW_TO_MAKE)
    why = f"The recording {path} cannot be read: {reason_of(error)}"
    return RecordingError(f"{why}\n    {fix}" if fix else why)


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is no frame, and why. Line 0: it is about several."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


class Recording:
    """The frames of a recording, one at a time: a file of any size takes the memory of one line.

    A line that cannot be read is left out: `broken` has the first ones, `broken_count` their number. A last line that a
    crash has torn is expected: `is_torn` says so, and it is not counted as broken. The figures are those of the last
    iteration.
    """

    def __init__(self, path: Path | str) -> None:
        """RecordingError when there is no file that can be read at `path`."""
        self.path = Path(path)
        #: What makes a frame of a line. A reader that needs a part of the metadata only may set another.
        self.read_frame: ReadFrame = frame_in
        self._start_figures()
        self._open().close()

    def _start_figures(self) -> None:
        self.frames = 0
        self.broken: list[BrokenLine] = []
        self.broken_count = 0
        self.is_torn = False

    def __iter__(self) -> Iterator[RecordedFrame]:
        self._start_figures()
        last_frame, read_frame = 0, self.read_frame
        with self._open() as file:
            for number, line in self._lines(file):
                frame = read_frame(number, line)
                if isinstance(frame, RecordedFrame):
                    self.frames += 1
                    last_frame = number
                    yield frame
                elif number - last_frame > MAX_LINES_WITHOUT_FRAME:
                    return self._leave_out(number, _NO_MORE.format(MAX_LINES_WITHOUT_FRAME))
                elif frame and not line.endswith(b"\n"):
                    self.is_torn = True
                elif frame:
                    self._leave_out(number, frame)

    def require_frames(self) -> None:
        """RecordingError when the last iteration found no frame: this is probably another kind of file."""
        if not self.frames:
            why = f": {self.broken[0]}" if self.broken else ""
            what = f"There is no frame in the recording {self.path}{why or self._why_none()}"
            raise RecordingError(f"{what}\n    {_WHAT_IT_IS} {HOW_TO_MAKE}")

    def first_source(self) -> str | None:
        """The source of the first frame in the first lines: no more of the file is read. None: there is no frame.

        RecordingError: the file cannot be read.
        """
        self._start_figures()
        with self._open() as file:
            first = islice(self._lines(file), _FIRST_LINES)
            found = (self.read_frame(number, line) for number, line in first)
            return next((one.source_name for one in found if isinstance(one, RecordedFrame)), None)

    def _open(self) -> BinaryIO:
        try:
            with self.path.open("rb") as file:
                is_compressed = file.read(2) == _GZIP_MAGIC
            if is_compressed:
                return io.BufferedReader(_Decompressed(self.path), _READ_BYTES)
            return self.path.open("rb", _READ_BYTES)
        except OSError as error:
            raise unreadable(self.path, error) from None

    def _lines(self, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers; those that are too long are reported and passed over."""
        number = 0
        try:
            while line := file.readline(MAX_LINE_BYTES):
                number += 1
                if len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
                    yield number, line
                    continue
                while line and not line.endswith(b"\n"):
                    line = file.readline(MAX_LINE_BYTES)
                self._leave_out(number, f"longer than {MAX_LINE_BYTES // 1024**2} MB")
        except EOFError:
            self.is_torn = True  # a compressed file that was not finished
        except (zlib.error, gzip.BadGzipFile):
            self.broken_count += 1
            self.broken.append(BrokenLine(number + 1, "the compressed file is damaged from here on"))
        except OSError as error:
            raise RecordingError(f"The recording {self.path} cannot be read: {reason_of(error)}") from error

    def _why_none(self) -> str:
        """Why a file has no frame in which no line is broken."""
        with self._open() as file:
            beginning = file.read(_READ_BYTES)
        if b"\0" in beginning:
            return ": it is no text"
        return ": it is cut off in its first line" if beginning.strip() else ": the file is empty"

    def _leave_out(self, line: int, why: str) -> None:
        self.broken_count += 1
        if len(self.broken) < MAX_NAMED_LINES:
            self.broken.append(BrokenLine(line, why))


class _Decompressed(io.RawIOBase):
    """The bytes of a compressed file. A torn or damaged one gives all that is before the damage, then raises."""

    def __init__(self, path: Path) -> None:
        self._file = gzip.GzipFile(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what one step decompresses: a longer read would lose that to an error behind it."""
        chunk = self._file.read1(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._file.close()
        super().close()


class RecordingWriter:
    """A recording that is being written; compressed when the name ends in `.gz`. A crash costs the last second.

    Until it is finished its name ends in `.partial` (see `OutputFile`); one that the disk did not take whole keeps it.
    """

    def __init__(self, path: Path, existing: Existing = Existing.NUMBER) -> None:
        """RecordingError when the file cannot be written, or is there and `existing` is REFUSE."""
        try:
            self._output = OutputFile(path, existing)
        except OSError as error:
            raise RecordingError(f"The recording {path} cannot be written: {reason_of(error)}") from error
        self._compressed: gzip.GzipFile | None = None
        if path.suffix == ".gz":
            self._compressed = gzip.GzipFile("", "wb", compresslevel=5, fileobj=self._output.file)
        self._file = io.TextIOWrapper(self._compressed or self._output.file, encoding="utf-8")
        self._is_whole = True
        self._flushed_at_ticks = time.monotonic()

    @property
    def path(self) -> Path:
        """Where the recording stands now."""
        return self._output.path if self._output.file.closed and self._is_whole else self._output.partial_path

    def write(self, line: str, *, is_flushed: bool = False) -> None:
        """Append a line; with `is_flushed` a crash does not cost it. OSError when the disk does not take it."""
        try:
            self._file.write(line + "\n")
            now_s = time.monotonic()
            if is_flushed or now_s - self._flushed_at_ticks >= _FLUSH_EVERY_S:
                self._file.flush()
                self._flushed_at_ticks = now_s
        except OSError:
            self._is_whole = False
            raise

    def close(self) -> None:
        """Finish the file. OSError when the disk does not take the rest."""
        try:
            self._file.flush()
            if self._compressed is not None:
                self._compressed.close()
            if self._is_whole:
                self._output.finish()
        except OSError:
            self._is_whole = False
            raise
        finally:
            self._output.leave()
