"""Runs the sources and analytics nodes of a configuration and records the metadata of every frame."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from securos_trigger.analytics import AnalyticsNode, build
from securos_trigger.config import PipelineSettings, Settings, TriggerSettings
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.hosts.run import stopped_by_signals
from securos_trigger.hosts.sinks import NullSink
from securos_trigger.hosts.sources import open_source
from securos_trigger.hosts.video import Pipeline, PipelineResult
from securos_trigger.model import Frame
from securos_trigger.observers import Announcer, log_notice
from securos_trigger.recordings import RecordingWriter, line_of

RECORD_ID = "record"


class RecordStep:
    """The last step of a pipeline that is recorded. Several pipelines may share one writer."""

    node_id = RECORD_ID

    def __init__(self, writer: RecordingWriter, writing: threading.Lock) -> None:
        self.frames = 0
        self._writer = writer
        self._writing = writing

    def process(self, frame: Frame) -> None:
        """Write the frame's line. A disk that does not take it raises OSError: the pipeline counts it as a fault."""
        line = line_of(frame)
        with self._writing:
            self._writer.write(line)
        self.frames += 1

    def close(self) -> None:
        """Nothing: the writer belongs to all pipelines."""


def record_metadata(settings: Settings, out: Path) -> int:
    """Record all pipelines into `out` until their sources end or a signal comes. 1: it is not complete."""
    announcer = Announcer([log_notice])
    writing = threading.Lock()
    writer = RecordingWriter(out)
    with stopped_by_signals() as stop:
        try:
            steps = [RecordStep(writer, writing) for _ in settings.pipelines]
            pipelines = [
                _pipeline(pipeline, settings, step, announcer)
                for pipeline, step in zip(settings.pipelines, steps, strict=True)
            ]
            with ThreadPoolExecutor(len(pipelines), thread_name_prefix="record") as threads:
                results = list(threads.map(lambda pipeline: _run(pipeline, stop, announcer), pipelines))
        finally:
            writer.close()
    announcer.announce("recording_ended", path=out, frames=sum(step.frames for step in steps))
    is_complete = all(result is not None and not result.faults.get(RECORD_ID) for result in results)
    return 0 if is_complete else 1


def _pipeline(pipeline: PipelineSettings, whole: Settings, step: RecordStep, announcer: Announcer) -> Pipeline:
    """The pipeline up to its last trigger node (without one: all of it), with the recording in the triggers' place."""
    nodes: list[AnalyticsNode] = [build(node, whole.identity.model_dump()) for node in nodes_before_triggers(pipeline)]
    return Pipeline(open_source(pipeline.source, announcer), [*nodes, step], NullSink(), announcer)


def nodes_before_triggers(pipeline: PipelineSettings) -> list[Any]:
    """The settings of the nodes that the last trigger node comes after; without a trigger node all."""
    last = max((i for i, node in enumerate(pipeline.nodes) if isinstance(node, TriggerSettings)), default=None)
    return [node for node in pipeline.nodes[:last] if not isinstance(node, TriggerSettings)]


def _run(pipeline: Pipeline, stop: threading.Event, announcer: Announcer) -> PipelineResult | None:
    try:
        return pipeline.run(stop)
    except SecurosTriggerError as error:
        announcer.announce("pipeline_failed", logging.ERROR, error=error)
        return None
