"""The state of the running service: what a person at three in the morning asks for first (docs/control.md)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from securos_trigger.config.settings import Settings
from securos_trigger.errors import OutboxError
from securos_trigger.outbox import Oldest, Outbox, State
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.settings_in_force import configuration_json, settings_json
from securos_trigger.runtime.troubles_seen import TroublesSeen
from securos_trigger.system.timestamps import rfc3339

_OUTBOX_WITHIN_S: Final = 0.5


class ServiceStatus:
    """Collects what `status` and `settings` answer. `observe` is an observer of notices.

    `nodes` and `pipelines` are filled while the service is built; after that any thread may ask.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.nodes: list[LiveNode] = []
        self.pipelines: Sequence[PipelineThread] = ()
        self._settings = settings
        self._seen = TroublesSeen()
        self._started_at_s = time.time()
        self._asking = threading.Lock()
        self._question: Future[dict[str, Oldest]] | None = None
        self.observe = self._seen.observe

    def settings_answer(self) -> dict[str, Any]:
        """The answer to `settings`."""
        if self._settings is None:
            return {"configuration": None, "settings": None}
        return {"configuration": configuration_json(self._settings), "settings": settings_json(self._settings)}

    def answer(self, outbox: Outbox, ledger_dropped: int) -> dict[str, Any]:
        """The answer to `status`. Waits for the outbox no longer than half a second."""
        counts = outbox.counts()
        return {
            "version": _version(),
            "pid": os.getpid(),
            "started_at": rfc3339(self._started_at_s),
            "configuration": None if self._settings is None else configuration_json(self._settings),
            "pipelines": [self._pipeline(thread) for thread in self.pipelines],
            "nodes": [_node(live) for live in self.nodes],
            "targets": self._targets(outbox, counts[State.WAITING] + counts[State.SENDING]),
            "outbox": {
                "path": str(outbox.path),
                "counts": {state.value: count for state, count in counts.items()},
                **self._seen.outbox(),
            },
            "ledger": {"dropped": ledger_dropped},
            "threads": self._threads(),
        }

    def _pipeline(self, thread: PipelineThread) -> dict[str, Any]:
        figures = thread.result
        last_at_ticks = thread.heartbeat.last_at_ticks
        return {
            "name": thread.pipeline_name,
            "source": figures.source_name,
            "state": thread.state,
            "reason": "" if thread.error is None else str(thread.error),
            "source_lost_reason": self._seen.lost_sources().get(figures.source_name, ""),
            "frames": figures.frames_read,
            "frames_per_s": round(figures.recent_frames_per_s, 1),
            "last_frame_age_s": None if last_at_ticks is None else round(time.monotonic() - last_at_ticks, 3),
            "events": figures.events_fired,
            "decode_errors": figures.decode_errors,
            "frames_left_out": figures.frames_left_out,
            "faults": dict(figures.faults),
        }

    def _targets(self, outbox: Outbox, unsettled: int) -> list[dict[str, Any]]:
        targets = list(dict.fromkeys(live.origin.target for live in self.nodes))
        oldest = self._oldest(outbox, targets)
        only = targets[0] if len(targets) == 1 else None
        return [
            {
                "target": target,
                **self._seen.target(target),
                # The outbox counts by state. With one target that is its number, unless older ones left some behind.
                "waiting": unsettled if target == only else 0 if oldest is not None and target not in oldest else None,
                "oldest_at": None if oldest is None or target not in oldest else rfc3339(oldest[target].since_s),
            }
            for target in targets
        ]

    def _oldest(self, outbox: Outbox, targets: list[str]) -> dict[str, Oldest] | None:
        """The oldest delivery of each target; None while the outbox does not answer. It is asked once at a time."""
        with self._asking:
            question = self._question = self._question or outbox.oldest_unsettled(targets)
            try:
                oldest = question.result(_OUTBOX_WITHIN_S)
            except FutureTimeoutError:
                return None
            except (OutboxError, CancelledError):
                oldest = None
            self._question = None
            return oldest

    def _threads(self) -> list[dict[str, Any]]:
        """Every thread that runs, and every one that has failed."""
        failures = self._seen.threads()
        names = {thread.name for thread in threading.enumerate()}
        nothing = {"failures": 0, "is_failing": False, "reason": ""}
        return [
            {"name": name, "is_alive": name in names, **failures.get(name, nothing)}
            for name in sorted(names | set(failures))
        ]


def _node(live: LiveNode) -> dict[str, Any]:
    origin = live.origin
    return {
        "address": str(live.address),
        "target": origin.target,
        "decisions": {reason.value: count for reason, count in list(live.node.decisions.items())},
        "muted_until": None if live.node.muted_until is None else rfc3339(live.node.muted_until.timestamp()),
        "flags": {flag.value: count for flag, count in list(live.node.flags.items())},
        "kept": origin.kept,
        "already_there": origin.already_there,
        "not_kept": origin.not_kept,
        "last_event_at": None if origin.last_event_at_s is None else rfc3339(origin.last_event_at_s),
    }


def _version() -> str:
    try:
        return version("securos-trigger")
    except PackageNotFoundError:
        return "unknown"
