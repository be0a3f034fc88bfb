"""Runs the pipelines of a configuration: a thread for each, one outbox and one courier thread for all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from securos_trigger.config.settings import MetricsSettings, Settings
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.notice_log import NoticeLog
from securos_trigger.runtime.dispatch import DRAIN_S, Dispatch
from securos_trigger.runtime.event_images import open_event_images
from securos_trigger.runtime.manager_reports import ManagerReports
from securos_trigger.runtime.open_ledger import open_ledger
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.runtime.reload import Reloading
from securos_trigger.runtime.reload_signal import ReloadSignal, noting_reload_signal
from securos_trigger.runtime.service_notices import announce_end, announce_start, summary
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.service_manager import ServiceManager

if TYPE_CHECKING:
    from securos_trigger.metrics.collection import Metrics
    from securos_trigger.relay.pipeline_lease import PipelineLease

#: Called once, when a run has opened its outbox and built its pipelines.
OnBuilt: TypeAlias = Callable[[], None]

_log = logging.getLogger("securos_trigger")


class FrameTimes(NamedTuple):
    """When the last frame of a pipeline came, and since when its steps are busy with it. See `Heartbeat`."""

    last_at_ticks: float | None = None
    walking_since_at_ticks: float | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What belongs to a pipeline that several machines may run.

    `lease` ends the run when another machine has taken the pipeline over. `stop` is set by signals, which are handled
    outside of the run. `on_look` is called with the times of each pipeline's frames: once with none, just before the
    first frame can come, then at least every half second while the pipeline runs. `on_source_end` is called after the
    run when its source has come to its end, however well.
    """

    lease: PipelineLease
    stop: threading.Event
    on_look: Callable[[Sequence[FrameTimes]], None]
    on_source_end: Callable[[], None] = lambda: None


def run_until_stopped(settings: Settings, placed: Placed | None = None, on_built: OnBuilt = lambda: None) -> int:
    """Run all pipelines until their sources end or a signal comes; drain; give the exit code.

    `placed` is that of the only pipeline, where several machines may run it. `on_built`: `Pipelines.start`.
    """
    _log_warnings(settings)
    with ExitStack() as stack:
        lease, stop = (placed.lease, placed.stop) if placed else (None, stack.enter_context(stopped_by_signals()))
        hang_up = stack.enter_context(noting_reload_signal())
        stack.callback((log := NoticeLog()).close)
        metrics, status = _metrics(settings.metrics), ServiceStatus(settings, is_starting=True)
        early = Announcer([log, status.observe])
        ledger = stack.enter_context(open_ledger(settings.ledger, settings.outbox.path, early, settings.file))
        announcer = Announcer([log, ledger.observe, status.observe, *([metrics.observe] if metrics else [])])
        _serve(metrics, settings.metrics, announcer, stack)
        dispatch = stack.enter_context(
            Dispatch(settings.outbox, announcer, ledger, settings.health, status, settings.relay, lease)
        )
        images = stack.enter_context(open_event_images(settings, announcer) or nullcontext())
        left = dispatch.unsettled()
        pipelines = Pipelines(dispatch, announcer, images)
        pipelines.start(settings, partial(placed.on_look, ()) if placed else on_built)
        reloading = Reloading(settings, pipelines, dispatch, announcer, status.take_settings)
        if lease is None:  # else the file names the pipelines of other machines, too
            dispatch.on_reload = reloading.answer
        announce_start(settings, dispatch, announcer, left)  # after which it takes a reload
        manager = _manager(pipelines, dispatch)
        _watch(metrics, pipelines, dispatch, settings.metrics)
        if lease is not None:
            lease.call_when_moved(stop.set)
        while not pipelines.wait(stop):
            manager.look()
            if placed is not None:
                placed.on_look(_frame_times(pipelines))
            elif hang_up.take():
                _on_hang_up(hang_up, stop, reloading)
        _end(manager, dispatch, is_finished=not stop.is_set() and not pipelines.has_failed)
    announce_end(dispatch, announcer, failed := _not_well(pipelines, status, dispatch, stop))
    _note_end(placed, pipelines)
    return int(bool(failed))


def _end(manager: ManagerReports, dispatch: Dispatch, *, is_finished: bool) -> None:
    """End what a run has beside its pipelines. `is_finished`: their sources have come to their end."""
    manager.end()
    dispatch.end(DRAIN_S)
    dispatch.ledger.is_finished = is_finished


def _not_well(pipelines: Pipelines, status: ServiceStatus, dispatch: Dispatch, stop: threading.Event) -> list[str]:
    """What has not ended well: the outbox, too, when events were lost and no signal ended the run."""
    lost = ["outbox"] if dispatch.not_kept and not stop.is_set() else []
    return [*pipelines.not_well, *status.unwritten_images(), *lost]


def _note_end(placed: Placed | None, pipelines: Pipelines) -> None:
    if placed is not None and not placed.stop.is_set() and not pipelines.has_failed:
        placed.on_source_end()


def _frame_times(pipelines: Pipelines) -> list[FrameTimes]:
    return [FrameTimes(one.last_at_ticks, one.walking_since_at_ticks) for one in pipelines.heartbeats().values()]


def _manager(pipelines: Pipelines, dispatch: Dispatch) -> ManagerReports:
    """What the service manager hears of the service, from now on."""
    manager = ManagerReports(ServiceManager(), pipelines.heartbeats, partial(summary, pipelines, dispatch))
    manager.start()
    return manager


def _serve(metrics: Metrics | None, settings: MetricsSettings, announcer: Announcer, stack: ExitStack) -> None:
    """Serve the metrics, if they are wanted, until the end of `stack`."""
    if metrics is not None and settings.port is not None:
        server = stack.enter_context(metrics.serve(settings.host, settings.port, announcer))
        announcer.announce(kinds.METRICS_SERVED, url=server.url)


def _log_warnings(settings: Settings) -> None:
    for warning in settings.warnings:
        _log.warning("%s", warning.replace("\n    ", ". "))


def _watch(metrics: Metrics | None, pipelines: Pipelines, dispatch: Dispatch, settings: MetricsSettings) -> None:
    """Let the metrics, if they are wanted, count what the service does."""
    if metrics is not None:
        from securos_trigger.runtime.metric_figures import service_figures  # brings Prometheus

        metrics.watch(service_figures(pipelines, dispatch, settings.max_cameras))


def _on_hang_up(hang_up: ReloadSignal, stop: threading.Event, reloading: Reloading) -> None:
    if hang_up.has_lost_terminal:
        stop.set()
    else:
        reloading.reload()


def _metrics(settings: MetricsSettings) -> Metrics | None:
    """The metrics of this process, if they are wanted."""
    if settings.port is None:
        return None
    from securos_trigger.metrics.collection import Metrics

    return Metrics()
