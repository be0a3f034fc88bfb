"""Writes the metadata of every frame to a file, one JSON object a line, for replay and for looking things up."""

from __future__ import annotations

import gzip
import json
import logging
import queue
import threading
import time
from typing import TextIO

from securos_trigger.analytics.plain import plain
from securos_trigger.analytics.settings import RecorderSettings
from securos_trigger.errors import VideoError
from securos_trigger.model import Frame

_log = logging.getLogger("securos_trigger.recorder")

_WAITING_LINES = 1000
# Longest time a frame waits for a slow disk before its line is given up.
_PATIENCE_S = 0.05
# What a crash may cost. Flushing every line would spoil the packing.
_FLUSH_EVERY_S = 1.0


class MetadataRecorder:
    """Each line is `{"at", "captured_at", "source_name", "metadata"}`: what all nodes before it wrote.

    A thread of its own writes. When the disk is too slow or full, lines are lost, counted in `lines_lost` and logged
    once; the video goes on.
    """

    def __init__(self, settings: RecorderSettings) -> None:
        self.node_id = settings.id
        self.lines_lost = 0
        self._settings = settings
        self._file = _open(settings)
        self._lines: queue.Queue[str | None] = queue.Queue(_WAITING_LINES)
        self._writer = threading.Thread(target=self._write, name=f"recorder-{settings.id}", daemon=True)
        self._writer.start()

    def process(self, frame: Frame) -> None:
        """Hand the line to the writer; waits no longer than 50 ms."""
        record = {
            "at": frame.at,
            "captured_at": frame.captured_at.isoformat(),
            "source_name": frame.source_name,
            "metadata": plain(frame.metadata),
        }
        try:
            self._lines.put(json.dumps(record, separators=(",", ":")), timeout=_PATIENCE_S)
        except queue.Full:
            self._lose("the disk is too slow")

    def close(self) -> None:
        """Wait until every line is in the file, and close it."""
        self._lines.put(None)
        self._writer.join()
        try:
            self._file.close()
        except OSError as error:
            self._lose(str(error))

    def _write(self) -> None:
        flushed_at_s = time.monotonic()
        while (line := self._lines.get()) is not None:
            try:
                self._file.write(line + "\n")
                if time.monotonic() - flushed_at_s >= _FLUSH_EVERY_S:
                    self._file.flush()
                    flushed_at_s = time.monotonic()
            except OSError as error:
                self._lose(str(error))

    def _lose(self, reason: str) -> None:
        if self.lines_lost == 0:
            _log.error("recording_incomplete node=%s path=%s reason=%s", self.node_id, self._settings.path, reason)
        self.lines_lost += 1


def _open(settings: RecorderSettings) -> TextIO:
    path = settings.path
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "wt", encoding="utf-8", compresslevel=5)
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise VideoError(f"The recording {path} cannot be written: {error.strerror}") from error
