"""Runs the sources and analytics nodes of a configuration and records the metadata of every frame."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from securos_trigger.analytics import build
from securos_trigger.config.files import require_separate_files
from securos_trigger.config.node_mistakes import mistakes_of_nodes
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.metadata.recorded_frames import line_of
from securos_trigger.metadata.recordings import RecordingWriter
from securos_trigger.model import AnalyticsNode, Frame
from securos_trigger.notices import Announcer, kinds, log_notice
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.null_sink import NullSink
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.output_file import Existing
from securos_trigger.system.reasons import reason_of
from securos_trigger.video import open_source


class RecordStep:
    """The last step of a pipeline that is recorded. Several pipelines may share one recording."""

    node_id = "record"

    def __init__(self, recording: SharedRecording) -> None:
        self._recording = recording

    def process(self, frame: Frame) -> None:
        """Write the frame's line."""
        self._recording.write(line_of(frame))

    def close(self) -> None:
        """Nothing: the recording belongs to all pipelines."""


class SharedRecording:
    """A recording that several threads write. A disk that does not take it all is announced once."""

    def __init__(self, path: Path, existing: Existing, announcer: Announcer) -> None:
        self.frames = 0
        self.is_complete = True
        self._path = path
        self._announcer = announcer
        self._writer = RecordingWriter(path, existing)
        self._writing = threading.Lock()

    @property
    def path(self) -> Path:
        """Where the recording stands now: its name ends in `.partial` until it is finished."""
        return self._writer.path

    def write(self, line: str, *, is_flushed: bool = False) -> bool:
        """Append a line; with `is_flushed` it is handed over at once. False: the disk did not take it."""
        with self._writing:
            try:
                self._writer.write(line, is_flushed=is_flushed)
                self.frames += 1
            except OSError as error:
                self._lose(error)
                return False
        return True

    def write_head(self, line: str) -> None:
        """Append a line that is no frame and no message."""
        self.write(line)
        self.frames = 0

    def close(self) -> None:
        """Finish the file."""
        try:
            self._writer.close()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        if self.is_complete:
            self._announcer.announce(kinds.RECORDING_INCOMPLETE, path=self._path, reason=reason_of(error))
        self.is_complete = False


def record_metadata(settings: Settings, out: Path, existing: Existing = Existing.REFUSE) -> int:
    """Record all pipelines into `out` until their sources end or a signal comes. 1: it is not complete."""
    announcer = Announcer([log_notice])
    require_separate_files(settings)
    recording = SharedRecording(out, existing, announcer)
    with stopped_by_signals() as stop:
        try:
            threads = [
                PipelineThread(one.name, _pipeline(one, settings, recording, announcer), announcer, stop)
                for one in settings.pipelines
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            recording.close()
    announcer.announce(kinds.RECORDING_ENDED, path=recording.path, frames=recording.frames)
    return 0 if recording.is_complete and all(thread.has_ended_well for thread in threads) else 1


def _pipeline(
    pipeline: PipelineSettings, whole: Settings, recording: SharedRecording, announcer: Announcer
) -> Pipeline:
    """The pipeline up to its last trigger node (without one: all of it), with the recording in the triggers' place."""
    with mistakes_of_nodes(whole, pipeline.name):
        identity = whole.identity.model_dump()
        nodes: list[AnalyticsNode] = [build(node, identity) for node in nodes_before_triggers(pipeline)]
    steps = [*nodes, RecordStep(recording)]
    return Pipeline(open_source(pipeline.source, announcer.of_pipeline(pipeline.name)), steps, NullSink(), announcer)


def nodes_before_triggers(pipeline: PipelineSettings) -> list[Any]:
    """The settings of the nodes that the last trigger node comes after; without a trigger node all."""
    last = max((i for i, node in enumerate(pipeline.nodes) if isinstance(node, TriggerSettings)), default=None)
    return [node for node in pipeline.nodes[:last] if not isinstance(node, TriggerSettings)]
