"""Runs the pipelines of a configuration: a thread for each, one outbox and one courier thread for all."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from securos_trigger.analytics import build, overlays_of
from securos_trigger.config.settings import MetricsSettings, PipelineSettings, Settings, TriggerSettings
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.ledger import open_ledger
from securos_trigger.notices import Announcer, kinds, log_notice
from securos_trigger.pipeline.loop import Pipeline, PipelineResult, Step, TriggerStep
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.video import open_sink, open_source

if TYPE_CHECKING:
    from securos_trigger.metrics import Figures, Metrics

_log = logging.getLogger("securos_trigger")

# A thread that computes gives way to the video after this long, instead of Python's usual 5 ms.
SWITCH_INTERVAL_S = 0.0005
#: How long the end of a run waits for deliveries that are due; what is left stays in the outbox.
DRAIN_S = 5.0


class PipelineThread(threading.Thread):
    """One pipeline in its own thread. After its end either `result` is set, or `error`."""

    def __init__(
        self,
        settings: PipelineSettings,
        whole: Settings,
        dispatch: Dispatch,
        announcer: Announcer,
        stop: threading.Event,
    ) -> None:
        super().__init__(name=f"pipeline-{settings.name}")
        self.pipeline_name = settings.name
        self.live_nodes: dict[str, LiveNode] = {}
        self.result: PipelineResult | None = None
        self.error: SecurosTriggerError | None = None
        self._stop_event = stop
        self._heartbeat = dispatch.heartbeat(settings.name)
        steps = [self._step(node, whole, dispatch) for node in settings.nodes]
        self.pipeline = Pipeline(
            open_source(settings.source, announcer),
            steps,
            open_sink(settings.sink, overlays_of(steps)),
            announcer,
            self._heartbeat,
        )

    def run(self) -> None:
        """Walk frames until the source ends or the stop event is set."""
        try:
            self.result = self.pipeline.run(self._stop_event)
        except SecurosTriggerError as error:
            self.error = error
        finally:
            self._heartbeat.has_ended, self._heartbeat.has_failed = self.result is not None, self.result is None

    def _step(self, node: object, whole: Settings, dispatch: Dispatch) -> Step:
        if not isinstance(node, TriggerSettings):
            return build(node, whole.identity.model_dump())  # type: ignore[arg-type]
        live = dispatch.add(node.properties, whole.context(node.id), self.pipeline_name)
        self.live_nodes[node.id] = live
        return TriggerStep(node.id, live.process_frame)


def start_pipelines(
    settings: Settings, dispatch: Dispatch, announcer: Announcer, stop: threading.Event
) -> list[PipelineThread]:
    """Build every pipeline, then start them all. Nothing starts when one cannot be built."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    threads = [PipelineThread(pipeline, settings, dispatch, announcer, stop) for pipeline in settings.pipelines]
    dispatch.start()
    gc.freeze()  # all that was made until now stays: to walk through it again and again would stop every camera
    for thread in threads:
        thread.start()
    return threads


def run_until_stopped(settings: Settings) -> int:
    """Run all pipelines until their sources end or a signal comes; drain; give the exit code."""
    for warning in settings.warnings:
        _log.warning("%s", warning)
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        ledger = stack.enter_context(open_ledger(settings.ledger, settings.outbox.path, Announcer([log_notice])))
        metrics = _metrics(settings.metrics)
        announcer = Announcer([log_notice, ledger.observe, *([metrics.observe] if metrics else [])])
        if metrics is not None and settings.metrics.port is not None:
            server = stack.enter_context(metrics.serve(settings.metrics.host, settings.metrics.port))
            announcer.announce(kinds.METRICS_SERVED, url=server.url)
        dispatch = stack.enter_context(Dispatch(settings.outbox, announcer, ledger, settings.health))
        threads = start_pipelines(settings, dispatch, announcer, stop)
        if metrics is not None:
            metrics.watch(_figures(threads, dispatch))
        for thread in threads:
            thread.join()
        dispatch.stop_watching()
        dispatch.drain(DRAIN_S)
        left = dispatch.unsettled()
    for thread in threads:
        _report(thread, announcer)
    if left:
        announcer.announce(kinds.OUTBOX_LEFT, count=left, path=settings.outbox.path)
    return 1 if any(thread.error for thread in threads) else 0


def _metrics(settings: MetricsSettings) -> Metrics | None:
    """The metrics of this process, if they are wanted."""
    if settings.port is None:
        return None
    from securos_trigger.metrics import Metrics

    return Metrics()


def _figures(threads: list[PipelineThread], dispatch: Dispatch) -> Figures:
    """What pipelines, nodes and outbox count, for the metrics."""
    from securos_trigger.metrics import Figures

    return Figures(
        nodes={(t.pipeline_name, node_id): live.node for t in threads for node_id, live in t.live_nodes.items()},
        frames=lambda: {thread.pipeline_name: thread.pipeline.figures().frames_read for thread in threads},
        outbox=lambda: {state.value: count for state, count in dispatch.counts().items()},
        kept=lambda: dispatch.kept,
        not_kept=lambda: dispatch.not_kept,
        ledger_dropped=lambda: dispatch.ledger.dropped,
    )


def _report(thread: PipelineThread, announcer: Announcer) -> None:
    """Say how a pipeline ended."""
    if thread.error is not None:
        announcer.announce(kinds.PIPELINE_FAILED, pipeline=thread.pipeline_name, reason=thread.error)
        return
    result = thread.result
    assert result is not None, "a pipeline that ended without an error has a result"
    announcer.announce(
        kinds.PIPELINE_ENDED,
        pipeline=thread.pipeline_name,
        frames=result.frames_read,
        frames_per_s=f"{result.frames_per_s:.1f}",
        events=result.events_fired,
        decode_errors=result.decode_errors,
    )


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that the first signal sets; a second signal ends the process as it always does."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_signal(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
