"""The state of the running service: what a person at three in the morning asks for first (docs/control.md)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from typing import Any, Final

from securos_trigger.config.settings import Settings
from securos_trigger.config.settings_json import outbox_limits, settings_json
from securos_trigger.delivery import ShownCertificate
from securos_trigger.errors import OutboxError
from securos_trigger.health import HealthSettings
from securos_trigger.inputs.source import InputSource
from securos_trigger.notices import Notice, kinds
from securos_trigger.outbox import Backlog, GivenUp, Oldest, Outbox, State
from securos_trigger.runtime.configuration_file import ConfigurationFile
from securos_trigger.runtime.given_up import GivenUpCameras
from securos_trigger.runtime.input_status import input_status
from securos_trigger.runtime.lasting_kinds import UNWRITTEN
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.losses import LossReport
from securos_trigger.runtime.node_status import node_answer
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.target_status import (
    attempts_answer,
    backlog_answer,
    by_target,
    certificate_answer,
    connection_answer,
    not_served_answer,
    relayed_answer,
    unaccepted_answer,
)
from securos_trigger.runtime.troubles_seen import TroublesSeen
from securos_trigger.runtime.unready_elements import unready_elements
from securos_trigger.system.mounts import space_of
from securos_trigger.system.package_version import package_version
from securos_trigger.system.timestamps import rfc3339, rfc3339_of_service, rfc3339_of_ticks, service_clock_s
from securos_trigger.system.worker import unfinished_workers

_OUTBOX_WITHIN_S: Final = 0.5


class ServiceStatus:
    """Collects what `status` and `settings` answer. `observe` is an observer of notices.

    `nodes` and `pipelines` are filled while the service is built; after that any thread may ask.
    """

    def __init__(self, settings: Settings | None = None, *, is_starting: bool = False) -> None:
        self.nodes: list[LiveNode] = []
        #: The nodes of cameras whose source carries several.
        self.lane_nodes: list[LiveNode] = []
        self.pipelines: Sequence[PipelineThread] = ()
        #: The targets that no node sends to and that deliveries may wait for.
        self.not_served: Callable[[], Sequence[str]] = tuple
        #: The targets to which a cluster delivers nothing, and for how many seconds. None: there is no relay.
        self.stalled: Callable[[], Mapping[str, float]] | None = None
        #: The targets that do not fail and have not answered an attempt yet, and when it began (monotonic seconds).
        self.awaited: Callable[[], Mapping[str, float]] = dict
        #: The targets that fail: when an attempt failed last, and when the next may begin (monotonic seconds).
        self.tries: Callable[[], Mapping[str, tuple[float, float]]] = dict
        #: What the receivers have shown, by target.
        self.certificates: Callable[[], Mapping[str, ShownCertificate]] = dict
        #: It is asked before its pipelines are built and its couriers work: nothing is watched yet.
        self.is_starting = is_starting
        self._seen = TroublesSeen()
        #: Why a pipeline or target fails now; empty: it does not.
        self.reason_of = self._seen.reason_of
        #: The cameras whose latest event was given up.
        self.given_up = GivenUpCameras()
        self._started_at_s = service_clock_s()
        self._asking = threading.Lock()
        self._question: Future[dict[str, Backlog]] | None = None
        self.take_settings(settings)

    def observe(self, notice: Notice) -> None:
        """Take what a notice says."""
        self._seen.observe(notice)
        self.given_up.observe(notice)

    def unwritten_images(self) -> list[str]:
        """What images of events are called, while they cannot be written; else empty."""
        images, _ = UNWRITTEN[kinds.IMAGES_FAILING]
        return [images for one in self._seen.unwritten() if one["what"] == images]

    def forget_targets(self, targets: Iterable[str]) -> None:
        """What was seen of these receivers is over: one that is served again later has a new state."""
        for target in targets:
            self._seen.forget_target(target)

    def take_settings(self, settings: Settings | None) -> None:
        """Take the settings that are in force from now on."""
        self._settings = settings
        self._certificate_days = (HealthSettings() if settings is None else settings.health).certificate_days
        self.file = None if settings is None else ConfigurationFile(settings)

    @property
    def why_no_reload(self) -> str:
        """Why a process without `Reloading` takes no changed configuration."""
        if self.is_starting:
            return "securos-trigger is starting. Ask again in some seconds."
        return "This program has its trigger node from its own code: it cannot reload a configuration."

    @property
    def working_nodes(self) -> list[LiveNode]:
        """The nodes that get frames: of a pipeline with lanes those of its cameras, else those of the configuration."""
        return [*(live for live in self.nodes if not live.is_template), *self.lane_nodes]

    def settings_answer(self, has_text: bool = False) -> dict[str, Any]:
        """The answer to `settings`; `has_text` adds `text`."""
        if self._settings is None or self.file is None:
            return {"configuration": None, "settings": None}
        text = {"text": self.file.text} if has_text else {}
        return {"configuration": self._configuration(), "settings": settings_json(self._settings), **text}

    def answer(self, outbox: Outbox, losses: LossReport, ledger: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to `status`. `ledger` is its own part. Waits for the outbox no longer than half a second."""
        counts = outbox.counts()
        of_outbox = self._seen.outbox()
        return {
            "version": package_version(),
            "pid": os.getpid(),
            "started_at": rfc3339_of_service(self._started_at_s),
            "is_starting": self.is_starting,
            "now": rfc3339(time.time()),
            "configuration": self._configuration(),
            "losses": _losses(losses, is_outbox_failing=of_outbox["is_failing"]),
            "pipelines": [self._pipeline(thread) for thread in self.pipelines],
            "nodes": [node_answer(live) for live in self.working_nodes],
            "targets": self._targets(outbox),
            "given_up": self.given_up.answer(has_dead_letters=counts[State.DEAD] > 0),
            "outbox": {
                "path": str(outbox.path),
                "counts": {state.value: count for state, count in counts.items()},
                **of_outbox,
                **self._seen.outbox_moved(),
                **space_of(outbox.path),
                "limits": None if self._settings is None else outbox_limits(self._settings.outbox),
            },
            "ledger": {**ledger, **self._seen.ledger()},
            "mutes": self._seen.mutes(),
            "relay": {"is_used": self.stalled is not None, **self._seen.cluster()},
            "elements": unready_elements(),
            "foreign_outcomes": self._seen.foreign_outcomes(),
            "unwritten": [*self._seen.unwritten(), *(one for thread in self.pipelines for one in thread.unwritten())],
            "threads": self._seen.threads(
                {thread.name for thread in threading.enumerate()} | unfinished_workers(), tasks_in="couriers"
            ),
        }

    def waiting(self, outbox: Outbox) -> dict[str, tuple[int | None, float, int | None, float]]:
        """How many deliveries wait for each target (None: not counted), and for how many seconds the oldest has.

        Then the same for those that the cluster has. Waits for the outbox no longer than half a second; empty when it
        does not answer.
        """
        backlogs = self._backlogs(outbox, [*by_target(self.nodes), *self.not_served()])
        return {
            target: (one.waiting, _age_s(one.oldest), one.relayed, _age_s(one.oldest_relayed))
            for target, one in backlogs.items()
        }

    def take_given_up(self, outbox: Outbox) -> None:
        """Learn from the outbox which cameras got nothing at the end of the run before. Does not wait for it."""

        def take(found: Future[list[GivenUp]]) -> None:
            if found.exception() is None:  # else the outbox has said why
                self.given_up.take(found.result())

        outbox.given_up().add_done_callback(take)

    def look_again(self, outbox: Outbox, began_at_ticks: float) -> None:
        """A person has put back or dropped deliveries. OutboxError: the outbox cannot be asked."""
        self.given_up.look_again(began_at_ticks, partial(_dead_cameras, outbox))

    def _configuration(self) -> dict[str, Any] | None:
        return None if self.file is None else self.file.answer()

    def _pipeline(self, thread: PipelineThread) -> dict[str, Any]:
        figures = thread.result
        last_at_ticks = thread.heartbeat.last_at_ticks
        nodes = [live for live in self.working_nodes if live.address.pipeline == thread.pipeline_name]
        source = self._seen.source(thread.pipeline_name, figures.source_name) | thread.silence()
        gives_none = source["source_lost_reason"] or source["silent_since"]
        last_event_s = max((live.origin.last_event_at_s or 0.0 for live in nodes), default=0.0)
        return {
            "name": thread.pipeline_name,
            "source": figures.source_name,
            "is_live": thread.pipeline.is_live,
            "state": thread.state,
            "reason": "" if thread.error is None else str(thread.error),
            **source,
            "frozen_since": rfc3339_of_ticks(thread.pipeline.source.figures.frozen_since_at_ticks),
            "times_unusable_since": rfc3339_of_ticks(thread.pipeline.source.figures.times_unusable_since_at_ticks),
            "times_unusable_reason": thread.pipeline.source.figures.times_unusable_reason,
            "damaged_since": rfc3339_of_ticks(thread.pipeline.source.figures.damaged_since_at_ticks),
            "damaged_share": round(thread.pipeline.source.figures.damaged_share, 3),
            "behind_s": round(thread.pipeline.source.figures.behind_lately_s(time.monotonic()), 1),
            "times_lost": figures.times_lost,
            "frames": figures.frames_read,
            "frames_per_s": 0.0 if gives_none else round(figures.recent_frames_per_s, 1),
            **thread.left_out(),
            "guesses_between": thread.guesses_between,
            "running_s": round(figures.elapsed_s, 1),
            **thread.busy(),
            "last_frame_age_s": None if last_at_ticks is None else round(time.monotonic() - last_at_ticks, 3),
            "events": figures.events_fired,
            "last_event_at": rfc3339_of_service(last_event_s) if last_event_s else None,
            "lost": sum(live.origin.not_kept for live in nodes),
            "decode_errors": figures.decode_errors,
            "frames_left_out": figures.frames_left_out,
            "faults": dict(figures.faults),
            "failing_nodes": thread.failing_nodes(),
            "last_faults": thread.last_faults(),
            "drawings_outside": thread.drawings_outside(),
            "files_changed": thread.files_changed(),
            "input": self._input(thread),
        }

    def _input(self, thread: PipelineThread) -> dict[str, Any] | None:
        source = thread.pipeline.source
        if not isinstance(source, InputSource):
            return None
        cameras = thread.heartbeat.cameras.items()
        offline = {name: one.offline_reason for name, one in cameras if one.offline_reason}
        return {**input_status(source), "offline_cameras": offline}

    def _targets(self, outbox: Outbox) -> list[dict[str, Any]]:
        targets = by_target(self.nodes)
        not_served = self.not_served()
        backlogs = self._backlogs(outbox, [*targets, *not_served])
        waiting = [(target, backlogs[target]) for target in not_served if target in backlogs]
        found = [not_served_answer(target, backlog.oldest, backlog) for target, backlog in waiting if backlog.oldest]
        unknown, certificates, awaited = Backlog(None, None, None, None), self.certificates(), self.awaited()
        for target, senders in targets.items():
            backlog = backlog_answer(backlogs.get(target, unknown))
            certificate = certificate_answer(certificates.get(target), self._certificate_days)
            reached = connection_answer(target, senders, is_relayed=self.stalled is not None)
            reached |= self._seen.unreadable(target) | self._seen.clock_apart(target)
            silent = attempts_answer(awaited.get(target), self.tries().get(target)) | reached
            health = unaccepted_answer(self._health(target), backlogs.get(target))
            found.append({"target": target, **health, **silent, **backlog, "certificate": certificate})
        return found

    def _health(self, target: str) -> dict[str, Any]:
        """The state of a target. Behind a relay it is the cluster that may be unreachable, or deliver nothing."""
        health = self._seen.target(target)
        if self.stalled is None:
            return health
        return relayed_answer(health, self.stalled().get(target), self._seen.cluster())

    def _backlogs(self, outbox: Outbox, targets: list[str]) -> dict[str, Backlog]:
        """What waits for each target; empty while the outbox does not answer. It is asked once at a time."""
        with self._asking:
            question = self._question = self._question or outbox.backlogs(targets)
            try:
                backlogs = question.result(_OUTBOX_WITHIN_S)
            except FutureTimeoutError:
                return {}
            except (OutboxError, CancelledError):
                backlogs = {}
            self._question = None
            return backlogs


def _losses(losses: LossReport, *, is_outbox_failing: bool) -> dict[str, Any]:
    """Lost events. They are being lost while the last loss is recent, or the outbox fails and has kept none since."""
    is_losing = losses.is_recent(service_clock_s()) or (not losses.is_over and is_outbox_failing)
    return {
        "count": losses.count,
        "is_losing": is_losing,
        "since": None if losses.since_s is None else rfc3339_of_service(losses.since_s),
        "count_since": losses.count_since,
        "last_at": None if losses.last_s is None else rfc3339_of_service(losses.last_s),
        "is_over": losses.is_over,
        "recent_until": None if losses.recent_until_s is None else rfc3339_of_service(losses.recent_until_s),
        "reason": losses.reason,
    }


def _dead_cameras(outbox: Outbox) -> Iterator[set[tuple[str, str]]]:
    """The targets and cameras that there are dead letters of, part by part: new events do not wait for all of them."""
    after = None
    while True:
        found, after = outbox.dead_cameras(after).result()
        yield found
        if after is None:
            return


def _age_s(oldest: Oldest | None) -> float:
    return 0.0 if oldest is None else max(0.0, time.time() - oldest.since_s)
