"""The pipelines of a service, each in a thread of its own: some may start, end or start again while others go on."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from securos_trigger.analytics import build, overlays_of
from securos_trigger.analytics.recorder import unwritten_recordings
from securos_trigger.analytics.settings import EventSettings, RecorderSettings, guesses_between
from securos_trigger.config.files import require_separate_files
from securos_trigger.config.node_mistakes import mistakes_of_nodes
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.model import Address, AnalyticsNode
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.steps import Step, TriggerStep
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.drawing_watch import DrawingWatch
from securos_trigger.runtime.event_images import EventImages
from securos_trigger.runtime.input_pipelines import has_input, open_input
from securos_trigger.runtime.lanes import PipelineLanes
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.pipeline_thread import FAILED, PipelineThread, leave_behind_together
from securos_trigger.runtime.reload_plan import analytics_of
from securos_trigger.system.file_stamps import FileStamp, stamp_of
from securos_trigger.video import open_sink, open_source

#: A thread that computes gives way to the video after this long, instead of Python's usual 5 ms.
SWITCH_INTERVAL_S: Final = 0.0005
#: A pipeline that ends is waited for no longer: a function in it may hang.
END_WITHIN_S: Final = 10.0
#: Whether all pipelines have ended is looked at this often; less often while no source can end by itself.
_LOOK_EVERY_S: Final = 0.1
_LOOK_AT_LIVE_EVERY_S: Final = 0.5

#: Trigger nodes by address.
LiveNodes = Mapping[Address, LiveNode]
_Stamps = Mapping[Path, FileStamp | None]


@dataclass(frozen=True, slots=True)
class BuiltPipeline:
    """A pipeline in its thread, which may not have started, and the settings that it was built from.

    `stamps` say which state of the files its nodes have read.
    """

    settings: PipelineSettings
    analytics: tuple[AnalyticsNode, ...]
    thread: PipelineThread
    stamps: _Stamps
    lanes: PipelineLanes | None = None
    images: EventImages | None = None

    @property
    def why_stale(self) -> str:
        """Why it is to start again although its settings are the same; empty: it goes on."""
        if self.thread.state == FAILED:
            return "it had failed"
        return "" if _stamps(self.settings) == self.stamps else "a file that its nodes read was written"

    def steps(self, settings: PipelineSettings, live_nodes: LiveNodes) -> list[Step]:
        """The steps with the same analytics and the trigger nodes of these settings."""
        return _steps(settings, self.analytics, live_nodes, self.images)

    def discard(self) -> None:
        """Close what was built; it was never started."""
        self.thread.pipeline.close()
        if self.lanes is not None:
            self.lanes.end()


class Pipelines:
    """All pipelines of a process. `changing` is held for a change, and by the end of the run.

    `start` once. `wait` until it says that all have ended; after that nothing changes any more. `images` keeps the
    images of events; None: none is kept.
    """

    def __init__(self, dispatch: Dispatch, announcer: Announcer, images: EventImages | None = None) -> None:
        self.changing = threading.Lock()
        self.is_over = False
        self._dispatch = dispatch
        self._announcer = announcer
        self._images = images
        self._built: dict[str, BuiltPipeline] = {}
        self._began_empty = False

    @property
    def threads(self) -> list[PipelineThread]:
        """The thread of each pipeline, in the order of the configuration."""
        return [built.thread for built in self._built.values()]

    def heartbeats(self) -> dict[str, Heartbeat]:
        """The heartbeat of each pipeline that runs, by name."""
        return {thread.pipeline_name: thread.heartbeat for thread in self.threads if thread.is_alive()}

    @property
    def stale(self) -> dict[str, str]:
        """The pipelines that are to start again although their settings are the same, each with the reason."""
        return {name: why for name, built in self._built.items() if (why := built.why_stale)}

    def start(self, settings: Settings, on_built: Callable[[], object] = lambda: None) -> None:
        """Build every pipeline, then start them all. Nothing starts when one cannot be built.

        `on_built` is called after the last is built, before the first reads a frame: to open a model may take long.
        ConfigurationError when an output has become a file that it may not be since the configuration was checked.
        """
        require_separate_files(settings)
        self._began_empty = not settings.pipelines
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        live_nodes = {
            address: self._dispatch.add(node.properties, settings.context(node.id, address.pipeline), address.pipeline)
            for address, node in settings.trigger_nodes().items()
        }
        self._built = {one.name: self.build(one, settings, live_nodes) for one in settings.pipelines}
        self._dispatch.status.pipelines = self.threads
        self._dispatch.start()
        gc.freeze()  # all that was made until now stays: to walk through it again and again would stop every camera
        on_built()
        for thread in self.threads:
            thread.start()

    def build(
        self, settings: PipelineSettings, whole: Settings, live_nodes: LiveNodes, *, opens_late: bool = False
    ) -> BuiltPipeline:
        """Make a pipeline with everything that may fail; it is not started.

        `opens_late`: the files that it writes are opened with the first frame, because another one still writes them.
        """
        if has_input(settings):
            return self._build_with_lanes(settings, whole, live_nodes, opens_late=opens_late)
        stamps, identity = _stamps(settings), whole.identity.model_dump()
        with mistakes_of_nodes(whole, settings.name):
            analytics = tuple(build(node, identity, opens_late=opens_late) for node in analytics_of(settings))
        steps = _steps(settings, analytics, live_nodes, self._images)
        heartbeat = self._dispatch.heartbeat(settings.name)
        heartbeat.is_of_messages, heartbeat.mapped_cameras = False, ()
        announcer = self._announcer.of_pipeline(settings.name)
        source, sink = open_source(settings.source, announcer), open_sink(settings.sink, overlays_of(steps))
        pipeline = Pipeline(source, steps, sink, announcer, heartbeat)
        thread = self._thread(settings, pipeline, announcer, heartbeat)
        thread.files_changed = partial(_changed, stamps)
        thread.unwritten = partial(unwritten_recordings, analytics)
        return BuiltPipeline(settings, analytics, thread, stamps, images=self._images)

    def _build_with_lanes(
        self, settings: PipelineSettings, whole: Settings, live_nodes: LiveNodes, *, opens_late: bool
    ) -> BuiltPipeline:
        for address, live in live_nodes.items():
            live.is_template = live.is_template or address.pipeline == settings.name
        lanes = PipelineLanes(settings, whole, self._dispatch, opens_late=opens_late)
        heartbeat = self._dispatch.heartbeat(settings.name)
        announcer = self._announcer.of_pipeline(settings.name)
        source = open_input(settings, lanes, heartbeat, announcer)
        pipeline = Pipeline(source, (), open_sink(settings.sink), announcer, heartbeat, lanes.steps)
        thread = self._thread(settings, pipeline, announcer, heartbeat)
        thread.on_left_behind = source.leave_behind
        stamps = _stamps(settings)
        thread.files_changed = partial(_changed, stamps)
        thread.unwritten = partial(unwritten_recordings, lanes.shared)
        return BuiltPipeline(settings, (), thread, stamps, lanes)

    def _thread(
        self, settings: PipelineSettings, pipeline: Pipeline, announcer: Announcer, heartbeat: Heartbeat
    ) -> PipelineThread:
        """The thread of a pipeline; `announcer` is its own."""
        thread = PipelineThread(settings.name, pipeline, announcer, threading.Event(), heartbeat)
        thread.guesses_between = guesses_between(settings.nodes)
        thread.count_lost = partial(self._dispatch.lost_by, settings.name)
        if (drawings := DrawingWatch(settings, announcer)).has_drawings:
            pipeline.on_size, thread.drawings_outside = drawings.see, drawings.answer
        return thread

    def change(self, settings: Settings, started: Collection[BuiltPipeline], live_nodes: LiveNodes) -> None:
        """End the pipelines that `settings` have no more, start the `started` ones, each in the place of its own name.

        All others go on; from their next frame on their trigger nodes are those of `settings`. With `changing` held.
        """
        fresh = {one.settings.name: one for one in started}
        names = [one.name for one in settings.pipelines]
        ending = [built for name, built in self._built.items() if name in fresh or name not in names]
        for built in ending:
            built.thread.request_stop()
        built_now = {}
        for one in settings.pipelines:
            built_now[one.name] = fresh.get(one.name) or self._with_triggers(self._built[one.name], one, live_nodes)
        self._wait_for_end(ending)
        self._built = built_now
        self._dispatch.status.pipelines = self.threads
        for built in fresh.values():
            heartbeat = built.thread.heartbeat
            heartbeat.has_ended = heartbeat.has_failed = False
            heartbeat.failure, heartbeat.failing = "", None
            heartbeat.walking_since_at_ticks = heartbeat.frozen_since_at_ticks = None
            built.thread.start()

    def wait(self, stop: threading.Event) -> bool:
        """Wait a moment. True: all pipelines have ended, by themselves or because `stop` is set; nothing starts now.

        A run without any pipeline waits for the first; one that began so goes on until `stop` is set, so that a first
        try that fails can be corrected.
        """
        is_live = all(thread.pipeline.is_live for thread in self.threads)
        if not self._is_to_end(is_stopped=stop.wait(_LOOK_AT_LIVE_EVERY_S if is_live else _LOOK_EVERY_S)):
            return False
        self.end()
        return True

    def end(self) -> None:
        """End those that run, whatever their sources; after that nothing changes any more."""
        self._is_to_end(is_stopped=True)
        for thread in self.threads:
            thread.request_stop()
        for thread in self.threads:
            thread.join()

    @property
    def has_failed(self) -> bool:
        """True when a pipeline could not be read to its end."""
        return any(thread.error is not None for thread in self.threads)

    @property
    def not_well(self) -> list[str]:
        """The pipelines that have not ended well: that have failed, or a node or an output of which has."""
        return [thread.pipeline_name for thread in self.threads if not thread.has_ended_well]

    def _is_to_end(self, *, is_stopped: bool) -> bool:
        with self.changing:
            has_ended = (
                bool(self._built) and not self._began_empty and not any(thread.is_alive() for thread in self.threads)
            )
            self.is_over = is_stopped or has_ended
            return self.is_over

    def _with_triggers(self, built: BuiltPipeline, settings: PipelineSettings, live_nodes: LiveNodes) -> BuiltPipeline:
        if built.lanes is None:
            built.thread.pipeline.replace_steps(built.steps(settings, live_nodes))
        return replace(built, settings=settings)

    def _wait_for_end(self, ending: Collection[BuiltPipeline]) -> None:
        ends_at_ticks = time.monotonic() + END_WITHIN_S
        for built in ending:
            built.thread.join(max(0.0, ends_at_ticks - time.monotonic()))
        leave_behind_together([built.thread for built in ending if built.thread.is_alive()], END_WITHIN_S)
        for built in ending:
            if built.lanes is not None:
                built.lanes.end()


def _steps(
    settings: PipelineSettings,
    analytics: Collection[AnalyticsNode],
    live_nodes: LiveNodes,
    images: EventImages | None,
) -> list[Step]:
    """The steps of a pipeline in the order of its settings."""
    nodes = iter(analytics)

    def trigger(node: TriggerSettings) -> TriggerStep:
        live = live_nodes[Address(settings.name, "", node.id)]
        before = settings.nodes[: settings.nodes.index(node)]
        live.explain_upstream([one.condition for one in before if isinstance(one, EventSettings)])
        decide = live.process_frame
        return TriggerStep(node.id, decide if images is None else images.after(decide))

    return [trigger(node) if isinstance(node, TriggerSettings) else next(nodes) for node in settings.nodes]


def _stamps(settings: PipelineSettings) -> _Stamps:
    """The state of each file that its nodes read."""
    return {
        value: stamp_of(value)
        for node in analytics_of(settings)
        if not isinstance(node, RecorderSettings)
        for _, value in node
        if isinstance(value, Path)
    }


def _changed(stamps: _Stamps) -> list[dict[str, Any]]:
    """The files that are not as they were when nodes read them."""
    now = {path: stamp_of(path) for path in stamps}
    return [
        {"path": str(path.absolute()), "is_there": now[path] is not None}
        for path in stamps
        if now[path] != stamps[path]
    ]
