"""Whether what a gateway has relayed is delivered: a cluster that stores events delivers none by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Final

from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Backlog, Outbox
from securos_trigger.system.worker import Worker

#: A target is in trouble when the cluster has events for it and says the end of none for this long: a take-over by
#: another `deliver` takes ten seconds.
UNDELIVERED_AFTER_S: Final = 60.0

_LOOK_EVERY_S: Final = 2.0
_ANSWER_WITHIN_S: Final = 0.5


@dataclass(slots=True)
class _Progress:
    """What is known of one target. `moved_at_ticks`: when an event ended, or the cluster had none, the last time."""

    moved_at_ticks: float
    is_stalled: bool = False


class UndeliveredWatch:
    """Looks every two seconds, in a thread of its own. `start` once, then `close`. `ticks` gives seconds.

    The outbox is the evidence, not the cluster: so it works without the cluster, and without any right there.
    """

    def __init__(self, outbox: Outbox, announcer: Announcer, ticks: Callable[[], float] = time.monotonic) -> None:
        self._outbox = outbox
        self._announcer = announcer
        self._ticks = ticks
        self._lock = threading.Lock()
        self._targets: dict[str, _Progress] = {}
        self._question: Future[dict[str, Backlog]] | None = None
        self._worker = Worker("relay-undelivered", self._turn, announcer)

    def add(self, target: str) -> None:
        """Watch this target too."""
        with self._lock:
            self._targets.setdefault(target, _Progress(self._ticks()))

    def targets(self) -> tuple[str, ...]:
        """The targets that are watched; from any thread."""
        with self._lock:
            return tuple(self._targets)

    def note_ended(self, targets: Iterable[str]) -> None:
        """Note that events of these targets have ended, delivered or dead; from any thread."""
        now = self._ticks()
        for target in set(targets):
            self._note_moved(target, now)

    def stalled(self) -> dict[str, float]:
        """The targets to which nothing is delivered, and for how many seconds; from any thread."""
        now = self._ticks()
        with self._lock:
            return {target: now - one.moved_at_ticks for target, one in self._targets.items() if one.is_stalled}

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def close(self) -> None:
        """End the thread."""
        self._worker.close()

    def look(self) -> None:
        """Look once, unless the outbox waits for the disk."""
        self._question = self._question or self._outbox.backlogs(self.targets())
        try:
            backlogs = self._question.result(_ANSWER_WITHIN_S)
        except FutureTimeoutError:
            return
        except (OutboxError, CancelledError):  # the outbox reports it
            backlogs = {}
        self._question = None
        self._judge(backlogs)

    def _judge(self, backlogs: Mapping[str, Backlog]) -> None:
        now = self._ticks()
        for target, backlog in backlogs.items():
            if backlog.oldest_relayed is None:
                self._note_moved(target, now)
                continue
            with self._lock:
                progress = self._targets[target]
                is_new = not progress.is_stalled and now - progress.moved_at_ticks >= UNDELIVERED_AFTER_S
                progress.is_stalled |= is_new
            if is_new:
                age_s = round(max(0.0, time.time() - backlog.oldest_relayed.since_s), 1)
                about = {"target": target, "count": backlog.relayed or "many", "oldest_s": age_s}
                self._announcer.announce(kinds.TARGET_UNDELIVERED, **about)

    def _note_moved(self, target: str, now: float) -> None:
        with self._lock:
            if (progress := self._targets.get(target)) is None:
                return
            outage_s, was_stalled = now - progress.moved_at_ticks, progress.is_stalled
            progress.moved_at_ticks, progress.is_stalled = now, False
        if was_stalled:
            self._announcer.announce(kinds.TARGET_DELIVERED_AGAIN, target=target, outage_s=round(outage_s, 1))

    def _turn(self, closing: threading.Event) -> None:
        if not closing.wait(_LOOK_EVERY_S):
            self.look()
