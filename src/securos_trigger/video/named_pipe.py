"""A named pipe as a video file: a stop ends it, also while no writer is there or the writer pauses."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from securos_trigger.system.path_kinds import PathKind, kind_of
from securos_trigger.system.platform import open_without_waiting

_LOOK_EVERY_S: Final = 0.02


class NamedPipe:
    """What a writer puts into a pipe, until it closes the pipe, or `stop` is set. PyAV reads it as a file."""

    def __init__(self, path: Path, stop: threading.Event) -> None:
        self._descriptor = open_without_waiting(path)
        self._stop = stop
        self._has_begun = False

    def read(self, count: int) -> bytes:
        """Up to `count` bytes as soon as there are some; none: the writer has closed the pipe, or it is to stop."""
        while not self._stop.is_set():
            try:
                found = os.read(self._descriptor, count)
            except BlockingIOError:  # the writer pauses
                self._has_begun = True
            else:
                if found or self._has_begun:
                    self._has_begun = True
                    return found
            self._stop.wait(_LOOK_EVERY_S)
        return b""

    def close(self) -> None:
        """Give the pipe up."""
        os.close(self._descriptor)


@contextmanager
def opened_file(path: Path, stop: threading.Event) -> Iterator[str | NamedPipe]:
    """What PyAV opens for a path: the path itself, or a pipe, which it would wait for without end."""
    if kind_of(path) is not PathKind.OTHER or not path.is_fifo():
        yield str(path)
        return
    pipe = NamedPipe(path, stop)
    try:
        yield pipe
    finally:
        pipe.close()
