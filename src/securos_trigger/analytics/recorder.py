"""Writes the metadata of every frame to a file, one JSON object a line, for replay and for looking things up."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterable
from pathlib import Path

from securos_trigger.analytics.settings import RecorderSettings
from securos_trigger.errors import RecordingError
from securos_trigger.metadata.recorded_frames import line_of
from securos_trigger.metadata.recordings import RecordingWriter
from securos_trigger.model import AnalyticsNode, Frame
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339_of_service, service_clock_s

_log = logging.getLogger("securos_trigger.recorder")

_WAITING_LINES = 1000
# Longest time a frame waits for a slow disk before its line is given up.
_PATIENCE_S = 0.05
# A recording that lacks this part of its frames, or has not got its name, is no good one.
_MUCH = 0.1


class MetadataRecorder:
    """Each line is one frame of a recording (`securos_trigger.metadata.recordings`): what all nodes before it wrote.

    A thread of its own writes. When the disk is too slow or full, lines are lost, counted in `lines_lost` and logged
    once; the video goes on.
    """

    def __init__(self, settings: RecorderSettings, *, opens_late: bool = False) -> None:
        """`opens_late`: the file is opened with the first frame, because a recorder before this one still writes it."""
        self.node_id = settings.id
        self.lines_lost = 0
        #: Since when (Unix seconds) and why lines are not written; None: the last one was. After the end: why the file
        #: is no good one.
        self.failing: tuple[float, str] | None = None
        self._first_lost_s, self._last_reason, self._frames = 0.0, "", 0
        self._settings = settings
        self._recording = None if opens_late else RecordingWriter(settings.path, settings.existing)
        self._lines: queue.Queue[str | None] = queue.Queue(_WAITING_LINES)
        self._writer = threading.Thread(target=self._write, name=f"recorder-{settings.id}", daemon=True)
        self._writer.start()

    @property
    def path(self) -> Path:
        """The file."""
        return self._settings.path

    def process(self, frame: Frame) -> None:
        """Hand the line to the writer; waits no longer than 50 ms."""
        self._frames += 1
        try:
            self._lines.put(line_of(frame), timeout=_PATIENCE_S)
        except queue.Full:
            self._lose("the disk is too slow")

    def close(self) -> None:
        """Wait until every line is in the file, and close it."""
        self._lines.put(None)
        self._writer.join()
        if self._recording is None:
            return
        try:
            self._recording.close()
        except OSError as error:
            self._lose(reason_of(error))
        is_whole = self._recording.path.suffix != ".partial"
        if self.lines_lost and (not is_whole or self.lines_lost >= self._frames * _MUCH):
            stays = "" if is_whole else f", and it stays {self._recording.path.name}"
            lost = f"{self.lines_lost:,} of {self._frames:,} frames are not in it{stays}"
            self.failing = self._first_lost_s, f"{lost}: {self._last_reason}"

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._recording = self._recording or RecordingWriter(self._settings.path, self._settings.existing)
                self._recording.write(line)
                self.failing = None
            except (OSError, RecordingError) as error:
                self._lose(reason_of(error))
            except BaseException as error:  # noqa: BLE001  the one bulkhead of this thread: the next line may be written
                if self.lines_lost == 0:
                    _log.error("The recorder %s has failed.", self.node_id, exc_info=error)
                self._lose(type(error).__name__)

    def _lose(self, reason: str) -> None:
        if self.lines_lost == 0:
            _log.error("recording_incomplete node=%s path=%s reason=%s", self.node_id, self._settings.path, reason)
        self._first_lost_s, self._last_reason = self._first_lost_s or service_clock_s(), reason
        self.lines_lost += 1
        self.failing = (service_clock_s() if self.failing is None else self.failing[0], reason)


def unwritten_recordings(nodes: Iterable[AnalyticsNode]) -> list[dict[str, str]]:
    """The recordings of these nodes that cannot be written now: `what`, `name`, `since` and `reason` of each."""
    failing = [(node.path, node.failing) for node in nodes if isinstance(node, MetadataRecorder)]
    return [
        {"what": "frames of the recording", "name": str(path), "since": rfc3339_of_service(one[0]), "reason": one[1]}
        for path, one in failing
        if one is not None
    ]
