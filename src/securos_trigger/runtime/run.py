"""Runs the pipelines of a configuration: a thread for each, one outbox and one courier thread for all."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from securos_trigger.analytics import build, overlays_of
from securos_trigger.config.files import require_separate_files
from securos_trigger.config.settings import MetricsSettings, PipelineSettings, Settings, TriggerSettings
from securos_trigger.ledger import open_ledger
from securos_trigger.notices import Announcer, kinds, log_notice
from securos_trigger.pipeline.loop import Pipeline, Step, TriggerStep
from securos_trigger.runtime.dispatch import DRAIN_S, Dispatch
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.video import open_sink, open_source

if TYPE_CHECKING:
    from securos_trigger.metrics.collection import Figures, Metrics

_log = logging.getLogger("securos_trigger")

# A thread that computes gives way to the video after this long, instead of Python's usual 5 ms.
SWITCH_INTERVAL_S = 0.0005


def start_pipelines(
    settings: Settings, dispatch: Dispatch, announcer: Announcer, stop: threading.Event
) -> list[PipelineThread]:
    """Build every pipeline, then start them all. Nothing starts when one cannot be built.

    ConfigurationError when an output has become a file that it may not be since the configuration was checked.
    """
    require_separate_files(settings)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    threads = [_pipeline_thread(pipeline, settings, dispatch, announcer, stop) for pipeline in settings.pipelines]
    dispatch.status.pipelines = threads
    dispatch.start()
    gc.freeze()  # all that was made until now stays: to walk through it again and again would stop every camera
    for thread in threads:
        thread.start()
    return threads


def _pipeline_thread(
    settings: PipelineSettings, whole: Settings, dispatch: Dispatch, announcer: Announcer, stop: threading.Event
) -> PipelineThread:
    steps = [_step(node, settings.name, whole, dispatch) for node in settings.nodes]
    heartbeat = dispatch.heartbeat(settings.name)
    pipeline = Pipeline(
        open_source(settings.source, announcer),
        steps,
        open_sink(settings.sink, overlays_of(steps)),
        announcer,
        heartbeat,
    )
    return PipelineThread(settings.name, pipeline, announcer, stop, heartbeat)


def _step(node: Any, pipeline: str, whole: Settings, dispatch: Dispatch) -> Step:
    if not isinstance(node, TriggerSettings):
        return build(node, whole.identity.model_dump())
    live = dispatch.add(node.properties, whole.context(node.id), pipeline)
    return TriggerStep(node.id, live.process_frame)


def run_until_stopped(settings: Settings) -> int:
    """Run all pipelines until their sources end or a signal comes; drain; give the exit code."""
    for warning in settings.warnings:
        _log.warning("%s", warning.replace("\n    ", ". "))
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        ledger = stack.enter_context(open_ledger(settings.ledger, settings.outbox.path, Announcer([log_notice])))
        metrics = _metrics(settings.metrics)
        status = ServiceStatus(settings)
        announcer = Announcer([log_notice, ledger.observe, status.observe, *([metrics.observe] if metrics else [])])
        if metrics is not None and settings.metrics.port is not None:
            server = stack.enter_context(metrics.serve(settings.metrics.host, settings.metrics.port, announcer))
            announcer.announce(kinds.METRICS_SERVED, url=server.url)
        dispatch = stack.enter_context(Dispatch(settings.outbox, announcer, ledger, settings.health, status))
        threads = start_pipelines(settings, dispatch, announcer, stop)
        if metrics is not None:
            metrics.watch(_figures(threads, dispatch))
        for thread in threads:
            thread.join()
        dispatch.stop_watching()
        dispatch.drain(DRAIN_S)
        left = dispatch.unsettled()
    if left:
        announcer.announce(kinds.OUTBOX_LEFT, count=left, path=settings.outbox.path)
    return 1 if any(thread.error for thread in threads) else 0


def _metrics(settings: MetricsSettings) -> Metrics | None:
    """The metrics of this process, if they are wanted."""
    if settings.port is None:
        return None
    from securos_trigger.metrics.collection import Metrics

    return Metrics()


def _figures(threads: list[PipelineThread], dispatch: Dispatch) -> Figures:
    """What pipelines, nodes and outbox count, for the metrics."""
    from securos_trigger.metrics.collection import Figures

    return Figures(
        nodes={live.address: live.node for live in dispatch.nodes},
        sources=[thread.result.source_name for thread in threads if thread.pipeline.is_live],
        frames=lambda: {thread.pipeline_name: thread.pipeline.figures().frames_read for thread in threads},
        outbox=lambda: {state.value: count for state, count in dispatch.counts().items()},
        kept=lambda: dispatch.kept,
        already_there=lambda: dispatch.already_there,
        not_kept=lambda: dispatch.not_kept,
        ledger_dropped=lambda: dispatch.ledger.dropped,
    )
