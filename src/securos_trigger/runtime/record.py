"""Runs the sources and analytics nodes of a configuration and records the metadata of every frame."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from securos_trigger.analytics import AnalyticsNode, build
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.metadata.recordings import RecordingWriter, line_of
from securos_trigger.model import Frame
from securos_trigger.notices import Announcer, kinds, log_notice
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.null_sink import NullSink
from securos_trigger.runtime.run import stopped_by_signals
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
    """A recording that several threads write. A disk that does not take it all is told once."""

    def __init__(self, path: Path, announcer: Announcer) -> None:
        self.frames = 0
        self.is_complete = True
        self._path = path
        self._announcer = announcer
        self._writer = RecordingWriter(path)
        self._writing = threading.Lock()

    def write(self, line: str) -> None:
        """Append a line."""
        with self._writing:
            try:
                self._writer.write(line)
                self.frames += 1
            except OSError as error:
                self._lose(error)

    def close(self) -> None:
        """Finish the file."""
        try:
            self._writer.close()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        if self.is_complete:
            self._announcer.announce(kinds.RECORDING_INCOMPLETE, path=self._path, reason=error.strerror)
        self.is_complete = False


def record_metadata(settings: Settings, out: Path) -> int:
    """Record all pipelines into `out` until their sources end or a signal comes. 1: it is not complete."""
    announcer = Announcer([log_notice])
    recording = SharedRecording(out, announcer)
    with stopped_by_signals() as stop:
        try:
            pipelines = [(one.name, _pipeline(one, settings, recording, announcer)) for one in settings.pipelines]
            with ThreadPoolExecutor(len(pipelines), thread_name_prefix="record") as threads:
                has_ended_well = list(threads.map(lambda one: _run(one[0], one[1], stop, announcer), pipelines))
        finally:
            recording.close()
    announcer.announce(kinds.RECORDING_ENDED, path=out, frames=recording.frames)
    return 0 if recording.is_complete and all(has_ended_well) else 1


def _pipeline(
    pipeline: PipelineSettings, whole: Settings, recording: SharedRecording, announcer: Announcer
) -> Pipeline:
    """The pipeline up to its last trigger node (without one: all of it), with the recording in the triggers' place."""
    nodes: list[AnalyticsNode] = [build(node, whole.identity.model_dump()) for node in nodes_before_triggers(pipeline)]
    steps = [*nodes, RecordStep(recording)]
    return Pipeline(open_source(pipeline.source, announcer), steps, NullSink(), announcer)


def nodes_before_triggers(pipeline: PipelineSettings) -> list[Any]:
    """The settings of the nodes that the last trigger node comes after; without a trigger node all."""
    last = max((i for i, node in enumerate(pipeline.nodes) if isinstance(node, TriggerSettings)), default=None)
    return [node for node in pipeline.nodes[:last] if not isinstance(node, TriggerSettings)]


def _run(name: str, pipeline: Pipeline, stop: threading.Event, announcer: Announcer) -> bool:
    try:
        pipeline.run(stop)
    except SecurosTriggerError as error:
        announcer.announce(kinds.PIPELINE_FAILED, pipeline=name, reason=error)
        return False
    return True
