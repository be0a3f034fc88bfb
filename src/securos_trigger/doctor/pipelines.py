"""Examines what pipelines need: whether each source gives a frame, each model can be used, each package is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from securos_trigger.analytics import build
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.config.needed_parts import part_mistakes
from securos_trigger.config.settings import PipelineSettings, Settings
from securos_trigger.doctor.findings import Finding, failed, ok
from securos_trigger.doctor.input_look import InputLook, remarks_on
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.runtime.input_pipelines import has_input
from securos_trigger.video import open_source

#: A source must give its first frame within this time, in seconds.
FIRST_FRAME_WITHIN_S: Final = 12.0
#: A source whose last frame came within this time to the running service is not opened a second time, in seconds.
_READ_WITHIN_S: Final = 10.0

_SOURCE_FIX: Final = "Look at the camera or file, its address and its password."


def examine_pipelines(settings: Settings, running: Sequence[Mapping[str, Any]] = ()) -> Iterator[Finding]:
    """Examine packages and files, then sources, side by side, then models.

    `running` is what the running service says of its pipelines: a source that gives it frames is not opened again,
    because many cameras serve few clients, and a USB camera one.
    """
    for mistake in part_mistakes(tuple(enumerate(settings.pipelines)), settings.metrics):
        yield failed("part", mistake.what, mistake.fix)
    served = {one["name"]: one for one in running if _gives_frames(one) or _is_connected(one)}
    looks = {one.name: _look_at(one) for one in settings.pipelines if one.name not in served}
    ends_at_ticks = time.monotonic() + FIRST_FRAME_WITHIN_S
    for pipeline in settings.pipelines:
        if (seen := served.get(pipeline.name)) is not None and _is_connected(seen):
            yield ok("source", f"{pipeline.name}: the running service is connected to {seen['source']}")
            yield from remarks_on(pipeline.name, seen["input"])
        elif seen is not None:
            rate = f"{seen['frames_per_s']:.1f} frames a second"
            yield ok("source", f"{_named(pipeline.name, seen['source'])} gives the running service {rate}")
        else:
            yield looks[pipeline.name].finding(ends_at_ticks)
    for pipeline in settings.pipelines:
        yield from _models(pipeline)


def _named(pipeline: str, source: str) -> str:
    """Both names, unless they are the same."""
    return pipeline if pipeline == source else f"{pipeline}: {source}"


def _look_at(pipeline: PipelineSettings) -> _SourceLook | InputLook:
    return InputLook(pipeline) if has_input(pipeline) else _SourceLook(pipeline)


def _is_connected(pipeline: Mapping[str, Any]) -> bool:
    return pipeline["state"] == "running" and bool((pipeline.get("input") or {}).get("is_connected"))


def _gives_frames(pipeline: Mapping[str, Any]) -> bool:
    """True for video. Frames of an input say nothing: it makes some while its broker or device is gone."""
    age_s = None if pipeline.get("input") else pipeline["last_frame_age_s"]
    return pipeline["state"] == "running" and age_s is not None and age_s < _READ_WITHIN_S


def _models(pipeline: PipelineSettings) -> Iterator[Finding]:
    for node in pipeline.nodes:
        if not isinstance(node, DetectorSettings) or (node.model is not None and not node.model.is_file()):
            continue  # a missing file is reported before
        try:
            build(node).close()
        except SecurosTriggerError as error:
            yield failed("model", f"pipeline {pipeline.name}, node {node.id}: {error}")
        else:
            yield ok("model", f"pipeline {pipeline.name}, node {node.id}: it runs")


class _SourceLook:
    """Waits in a thread for the first frame of a source. A library that hangs is left behind, and not waited for."""

    def __init__(self, pipeline: PipelineSettings) -> None:
        self._pipeline = pipeline
        self._stop = threading.Event()
        self._is_answered = threading.Event()
        self._reason = ""
        self._name = pipeline.name
        threading.Thread(target=self._look, name=f"look-{pipeline.name}", daemon=True).start()

    def finding(self, ends_at_ticks: float) -> Finding:
        """Wait for the frame, no longer than to an instant of the monotonic clock."""
        within_s = max(0.0, ends_at_ticks - time.monotonic())
        is_answered = self._is_answered.wait(within_s)
        self._stop.set()
        if is_answered and not self._reason:
            return ok("source", f"{self._name} gives frames")
        reason = self._reason or f"none came within {FIRST_FRAME_WITHIN_S:g} s"
        return failed("source", f"{self._name} gives no frame: {reason}", _SOURCE_FIX)

    def _look(self) -> None:
        try:
            source = open_source(self._pipeline.source, Announcer([self._hear]))
            self._name = _named(self._pipeline.name, source.name)
            for _ in source.frames(self._stop):
                self._is_answered.set()
                return
            self._give_up("it has none in it")
        except SecurosTriggerError as error:
            self._give_up(str(error))
        except Exception as error:  # noqa: BLE001  the one bulkhead of this thread: the finding has the error
            self._give_up(name_of_bug(error))

    def _hear(self, notice: Notice) -> None:
        if notice.kind is kinds.SOURCE_LOST:
            self._give_up(str(notice.fields["reason"]))

    def _give_up(self, reason: str) -> None:
        if not self._is_answered.is_set():
            self._reason = reason
            self._is_answered.set()
        self._stop.set()
