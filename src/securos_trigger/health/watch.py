"""The watch: once a second it looks how the bridge fares, and hands reports of trouble to the outbox."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, replace
from typing import Final

from securos_trigger.config.settings import HealthSettings
from securos_trigger.delivery.trust import TrustStore
from securos_trigger.delivery.webhook import Connection
from securos_trigger.errors import OutboxError
from securos_trigger.health.ages import Now
from securos_trigger.health.certificate_checks import CertificateChecks
from securos_trigger.health.open_troubles import OpenTroubles
from securos_trigger.health.reports import Recipient, Reports, without_repeats
from securos_trigger.health.subjects import (
    Backlog,
    Deliveries,
    Evidence,
    ExpiredCertificate,
    ExpiringCertificate,
    Frames,
    Losses,
    Subject,
)
from securos_trigger.health.texts import Text
from securos_trigger.health.troubles import Began, Ended, Trouble
from securos_trigger.heartbeat import Heartbeat
from securos_trigger.model import Event
from securos_trigger.notices import Announcer, NoticeKind, kinds
from securos_trigger.outbox import Oldest, Outbox, State
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.rules import Context

#: `node_id` of reports about the whole process.
HEALTH_ID: Final = "health"
#: So long no event may be lost before it is said that events are kept again.
NO_LOSS_FOR_S: Final = 60.0

_LOOK_EVERY_S: Final = 1.0
_ANSWER_WITHIN_S: Final = 0.5
_STOP_LIMIT_S: Final = 5.0
# A fault that comes back with every look is logged again only this often.
_REPEAT_LOG_S: Final = 60.0

_log = logging.getLogger("securos_trigger.health")


@dataclass(frozen=True, slots=True)
class _Watched:
    subject: Subject
    trouble: Trouble
    recipients: tuple[Recipient, ...]

    @property
    def key(self) -> str:
        return f"{self.subject.kind} {self.subject.about}".rstrip()


class HealthWatch:
    """Of one process. It runs only when a node names health cameras.

    `add` every node, then `start`; `stop` looks for a last time. `note_kept` and `note_not_kept` take what the outbox
    tells of any event, from any thread.
    """

    def __init__(
        self, outbox: Outbox, settings: HealthSettings, announcer: Announcer, store: TrustStore, memory: OpenTroubles
    ) -> None:
        self._outbox = outbox
        self._settings = settings
        self._announcer = announcer
        self._store = store
        self._memory = memory
        self._heartbeats: dict[str, Heartbeat] = {}
        self._of_frames: dict[str, list[Recipient]] = {}
        self._watched: list[_Watched] = []
        self._looks = CertificateChecks((), store)
        self._reports = Reports(lambda event, target: outbox.put(event, target, comes_again=True))
        self._targets: tuple[str, ...] = ()
        self._question: Future[dict[str, Oldest]] | None = None
        self._counting = threading.Lock()
        self._lost, self._why = 0, ""
        self._logged_at_s: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def heartbeat(self, label: str) -> Heartbeat:
        """The heartbeat of a pipeline, or of a node that stands alone: whoever sees its frames stamps it."""
        return self._heartbeats.setdefault(label, Heartbeat())

    def add(self, properties: TriggerProperties, context: Context, label: str) -> None:
        """A node that sees the frames of `label`. If it names health cameras, they are told."""
        if properties.health_cameras:
            own = Recipient(str(properties.target), properties.health_cameras, context.node_id, context.deployment_id)
            self._of_frames.setdefault(label, []).append(own)

    def start(self, connections: Sequence[Connection]) -> None:
        """Begin to watch, if anybody is to be told. `connections` are those of all targets."""
        if self._of_frames:
            self.prepare(connections, Now(time.monotonic(), time.time()))
            self._thread = threading.Thread(target=self._run, name="health", daemon=True)
            self._thread.start()

    def prepare(self, connections: Sequence[Connection], now: Now) -> None:
        """Take up what is to be watched, and what was told before; then `look` may be called."""
        self._targets = tuple(str(one.target) for one in connections)
        self._looks = CertificateChecks(connections, self._store)
        self._watched = list(self._all_watched(now))
        self._remember(now)

    def stop(self) -> None:
        """Look once more, and end. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        thread.join(_STOP_LIMIT_S)
        if not thread.is_alive():
            self._guarded_look(is_last=True)

    def note_kept(self, event: Event) -> bool:
        """The outbox has kept an event. True: it is a report of this watch."""
        return self._reports.note(event, is_kept=True)

    def note_not_kept(self, event: Event, why: str) -> bool:
        """The outbox has not kept an event: it is lost, unless it is a report of this watch. Then True."""
        if self._reports.note(event, is_kept=False):
            return True
        with self._counting:
            self._lost += 1
            self._why = why
        return False

    def look(self, now: Now, *, is_last: bool = False) -> None:
        """Look at everything once, and hand over what there is to tell."""
        self._looks.go_on(now.at, self._with_certificate_trouble())
        evidence = self._evidence(now)
        has_changed = False
        for watched in self._watched:
            seen = watched.subject.look(evidence)
            since = watched.trouble.since
            change = None if seen is None else watched.trouble.observe(seen)
            if change is not None:
                self._tell(watched, change, evidence)
            has_changed |= watched.trouble.since != since
        self._reports.offer(now.at, is_last=is_last)
        if has_changed:
            self._write_down(now)

    # -- what is watched

    def _all_watched(self, now: Now) -> Iterable[_Watched]:
        steady_s = self._settings.steady_for_s
        everybody = without_repeats(replace(one, node_id=HEALTH_ID) for own in self._of_frames.values() for one in own)
        for label, own in self._of_frames.items():
            frames = Frames(label, self.heartbeat(label), self._settings, began_at=now.at)
            yield _Watched(frames, Trouble(0.0, steady_s), without_repeats(own))
        for target in self._targets:
            yield _Watched(Deliveries(target, self._settings), Trouble(steady_s, steady_s), everybody)
            if target.startswith("https:"):
                yield _Watched(ExpiringCertificate(target, self._settings), Trouble(0.0, steady_s), everybody)
                yield _Watched(ExpiredCertificate(target), Trouble(0.0, steady_s), everybody)
        yield _Watched(Backlog(self._settings), Trouble(steady_s, steady_s), everybody)
        yield _Watched(Losses(), Trouble(0.0, NO_LOSS_FOR_S), everybody)

    def _with_certificate_trouble(self) -> frozenset[str]:
        return frozenset(
            one.subject.about
            for one in self._watched
            if isinstance(one.subject, ExpiringCertificate | ExpiredCertificate) and one.trouble.since is not None
        )

    def _evidence(self, now: Now) -> Evidence:
        counts = self._outbox.counts()
        with self._counting:
            lost, why = self._lost, self._why
        return Evidence(
            now=now,
            unsettled=counts[State.WAITING] + counts[State.SENDING],
            oldest=self._oldest(),
            lost=lost,
            why=why,
            is_refused=self._reports.is_refused,
            certificates=self._looks.shown,
        )

    def _oldest(self) -> dict[str, Oldest] | None:
        """The oldest delivery of each target; None while the disk lets the outbox wait. Nothing is asked twice."""
        self._question = self._question or self._outbox.oldest_unsettled(self._targets)
        try:
            oldest = self._question.result(_ANSWER_WITHIN_S)
        except FutureTimeoutError:
            return None
        except OutboxError:  # the outbox tells of it, and so do the events that it does not keep
            self._question = None
            return None
        self._question = None
        return oldest

    # -- what is told

    def _tell(self, watched: _Watched, change: Began | Ended, evidence: Evidence) -> None:
        subject = watched.subject
        if isinstance(change, Began):
            text = subject.begun(change.since, evidence)
            self._announce(kinds.HEALTH_TROUBLE, subject, text)
        else:
            text = subject.ended(change, evidence)
            self._announce(kinds.HEALTH_RECOVERED, subject, text)
        for recipient in watched.recipients:
            is_end = isinstance(change, Ended)
            self._reports.add(watched.key, recipient, text, is_end=is_end, now=evidence.now)

    def _announce(self, kind: NoticeKind, subject: Subject, text: Text) -> None:
        self._announcer.announce(kind, trouble=subject.kind, about=subject.about, text=text.description)

    # -- from one start to the next

    def _remember(self, now: Now) -> None:
        """Take up the troubles that were told before: they are not told again."""
        try:
            told = self._memory.read()
        except (OSError, ValueError) as error:
            self._announcer.announce(kinds.HEALTH_FORGOTTEN, path=self._memory.path, reason=error)
            return
        for watched in self._watched:
            if watched.key in told:
                watched.trouble.since = min(now.at, now.at_of(told[watched.key]))

    def _write_down(self, now: Now) -> None:
        open_troubles = {
            one.key: round(now.unix_s_of(one.trouble.since), 3)
            for one in self._watched
            if one.trouble.since is not None
        }
        try:
            self._memory.write(open_troubles)
        except OSError as error:
            self._announcer.announce(kinds.HEALTH_NOT_WRITTEN, path=self._memory.path, reason=error)

    # -- the thread

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_S):
            self._guarded_look()

    def _guarded_look(self, *, is_last: bool = False) -> None:
        """The one bulkhead of the watch: whatever a look raises, the next one comes."""
        try:
            self.look(Now(time.monotonic(), time.time()), is_last=is_last)
        except Exception as error:  # noqa: BLE001  see the docstring
            now_s, kind = time.monotonic(), repr(error)
            if now_s - self._logged_at_s.get(kind, -_REPEAT_LOG_S) >= _REPEAT_LOG_S:
                self._logged_at_s = {kind: now_s}
                _log.exception("health_failed")
                self._announcer.announce(
                    kinds.THREAD_FAILED, thread="health", reason=kind, count=1, wait_s=_LOOK_EVERY_S
                )
