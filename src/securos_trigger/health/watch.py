"""Looks once a second how the service does, and hands reports of trouble to the outbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Final

from securos_trigger.delivery import Connection, ShownCertificate, TrustStore
from securos_trigger.health.ages import Now
from securos_trigger.health.cameras import OfflineCamera, WatchedCameras
from securos_trigger.health.certificate_checks import CertificateChecks
from securos_trigger.health.oldest_deliveries import OldestDeliveries
from securos_trigger.health.open_troubles import OpenTroubles
from securos_trigger.health.reports import Recipient, Reports, without_repeats
from securos_trigger.health.settings import HealthSettings
from securos_trigger.health.subjects import (
    Backlog,
    Deliveries,
    Evidence,
    ExpiredCertificate,
    ExpiringCertificate,
    FailingNodes,
    Frames,
    FrozenFrames,
    Losses,
    Subject,
)
from securos_trigger.health.texts import Text
from securos_trigger.health.troubles import Began, Ended, Trouble
from securos_trigger.health.watched_subject import WatchedSubject
from securos_trigger.model import Event
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer, NoticeKind, kinds
from securos_trigger.outbox import Outbox, State
from securos_trigger.system.worker import Worker

#: `node_id` of reports about the whole process.
HEALTH_ID: Final = "health"
#: No event may be lost for this long before the trouble is over.
NO_LOSS_FOR_S: Final = 60.0

_LOOK_EVERY_S: Final = 1.0


class HealthWatch:
    """Watches one process, in a thread of its own: what health cameras get, and the certificates of receivers.

    `add` every node, then `start`; `change` takes other nodes while it runs; `close` looks for a last time. `take_kept`
    and `take_not_kept` take what the outbox reports of any event, from any thread.
    """

    def __init__(
        self,
        outbox: Outbox,
        settings: HealthSettings,
        announcer: Announcer,
        store: TrustStore,
        open_troubles: OpenTroubles,
        reason_of: Callable[[str], str] = lambda _about: "",
    ) -> None:
        """`reason_of` a pipeline or target: why it fails, as notices said; empty: not known."""
        #: The time zone of the texts; None: that of the machine.
        self.zone: tzinfo | None = UTC
        self._reason_of = reason_of
        self._shown: dict[str, tuple[str, ...]] = {}  # the cameras that a pipeline's nodes send events to
        self._outbox = outbox
        self._settings = settings
        self._announcer = announcer
        self._store = store
        self._open_troubles = open_troubles
        self._heartbeats: dict[str, Heartbeat] = {}
        self._cameras = WatchedCameras()
        self._of_frames: dict[str, list[Recipient]] = {}
        self._watched: list[WatchedSubject] = []
        self._certificates = CertificateChecks((), store, announcer)
        self._reports = Reports(lambda event, target: outbox.put(event, target, comes_again=True))
        self._targets: tuple[str, ...] = ()
        self._not_served: tuple[str, ...] = ()
        self._looking = threading.Lock()  # a look, or a change of what is looked at
        self._has_begun = self._has_restored = False
        self._oldest = OldestDeliveries(outbox)
        self._counting = threading.Lock()
        self._lost, self._why = 0, ""
        self._worker = Worker("health", self._turn, announcer, last=lambda: self.look(self._now(), is_last=True))

    def heartbeat(self, label: str) -> Heartbeat:
        """The heartbeat of a pipeline, or of a node that runs without one: the thread that reads frames updates it."""
        return self._heartbeats.setdefault(label, Heartbeat())

    def add(self, recipient: Recipient, label: str, cameras: Sequence[str] = ()) -> None:
        """Take the health cameras of a node that sees the frames of `label`, if it has any: they get reports.

        `cameras` are those that the node sends its events to.
        """
        self._shown[label] = tuple(dict.fromkeys([*self._shown.get(label, ()), *cameras]))
        if recipient.camera_ids:
            self._of_frames.setdefault(label, []).append(recipient)

    def start(self, connections: Sequence[Connection], not_served: Sequence[str] = ()) -> None:
        """Begin to watch, if there is a health camera or a certificate. `connections` are those of all targets.

        Deliveries wait for `not_served` targets as well, which this machine does not connect to: no node sends to them
        any more, or a relay delivers to them.
        """
        self._not_served = tuple(not_served)
        now = self._now()
        self._watch(connections, now)
        if self._watched or self._certificates.has_any:
            self._begin(now)
            self._worker.start()

    def prepare(self, connections: Sequence[Connection], now: Now) -> None:
        """Take up what is to be watched, and the troubles that are still open; then `look` may be called."""
        self._watch(connections, now)
        self._begin(now)

    def _begin(self, now: Now) -> None:
        self._has_begun = True
        if self._watched:
            self._restore(now)

    def change(
        self,
        nodes: Iterable[tuple[Recipient, str, Sequence[str]]],
        connections: Sequence[Connection],
        settings: HealthSettings,
        not_served: Sequence[str] = (),
    ) -> None:
        """Watch other nodes (each as for `add`) and receivers from now on; a trouble that stays possible goes on."""
        now = self._now()
        with self._looking:
            self._settings = settings
            self._of_frames.clear()
            self._shown.clear()
            for recipient, label, cameras in nodes:
                self.add(recipient, label, cameras)
            self._not_served = tuple(not_served)
            before = {one.key: one for one in self._watched}
            self._watch(connections, now)
            self._watched = [one.going_on_from(before.pop(one.key, None), settings) for one in self._watched]
            if any(one.trouble.since is not None for one in before.values()):
                self._save(now)
            if self._watched and not self._has_restored:
                self._restore(now)
            if (self._watched or self._certificates.has_any) and not self._has_begun:
                self._has_begun = True
                self._worker.start()

    def certificates(self) -> Mapping[str, ShownCertificate]:
        """The certificates that targets have shown, by target. From any thread."""
        return dict(self._certificates.shown)

    def forget(self, label: str) -> None:
        """The pipeline is no more: one of this name later has a heartbeat of its own."""
        self._heartbeats.pop(label, None)
        self._cameras.forget(label)

    def _watch(self, connections: Sequence[Connection], now: Now) -> None:
        self._targets = tuple(str(one.target) for one in connections)
        self._certificates = self._certificates.of(connections)
        self._watched = list(self._all_watched(now)) if self._of_frames else []

    def close(self) -> None:
        """Look once more, and end. May be called twice."""
        self._worker.close()

    def take_kept(self, event: Event) -> bool:
        """Note that the outbox has kept an event, if it is a report of this watch. False: it is none."""
        return self._reports.note(event, is_kept=True)

    def take_not_kept(self, event: Event, why: str) -> bool:
        """Note that the outbox has not kept an event. True: it is a report of this watch, so nothing is lost."""
        if self._reports.note(event, is_kept=False):
            return True
        with self._counting:
            self._lost += 1
            self._why = why
        return False

    def look(self, now: Now, *, is_last: bool = False) -> None:
        """Look at everything once, and hand over the reports that are due."""
        with self._looking:
            self._look(now, is_last=is_last)

    def _look(self, now: Now, *, is_last: bool) -> None:
        if not is_last:  # no look comes after it that could take what it brings
            failing = frozenset(filter(self._reason_of, self._targets))
            self._certificates.go_on(now.at, self._ending_certificates(now), failing)
        has_changed = bool(self._watched) and self._judge(now)
        self._reports.offer(now.at, is_last=is_last)
        if has_changed or self._open_troubles.is_unwritten:
            self._save(now)

    def _judge(self, now: Now) -> bool:
        """Look at what is watched. True: a trouble has begun or ended."""
        for label in self._of_frames:
            self._watched += [self._camera(one) for one in self._cameras.take_new(label, self.heartbeat(label))]
        evidence = self._evidence(now)
        has_changed = False
        for watched in self._watched:
            seen = watched.subject.look(evidence)
            since = watched.trouble.since
            change = None if seen is None else watched.trouble.observe(seen)
            if change is not None:
                self._report(watched, change, evidence)
            has_changed |= watched.trouble.since != since
        return has_changed

    def _turn(self, closing: threading.Event) -> None:
        if not closing.wait(_LOOK_EVERY_S):
            self.look(self._now())

    # -- what is watched

    def _all_watched(self, now: Now) -> Iterable[WatchedSubject]:
        steady_s = self._settings.steady_for_s
        everyone = without_repeats(replace(one, node_id=HEALTH_ID) for own in self._of_frames.values() for one in own)
        for label, own in self._of_frames.items():
            beat, recipients = self.heartbeat(label), without_repeats(own)
            frames = Frames(label, beat, self._settings, began_at=now.at)
            for one in (frames, FrozenFrames(label, beat), FailingNodes(label, beat)):
                yield WatchedSubject(one, Trouble(0.0, steady_s), recipients)
            yield from map(self._camera, self._cameras.of(label, self.heartbeat(label)))
        for target in (*self._targets, *self._not_served):
            yield WatchedSubject(Deliveries(target, self._settings), Trouble(steady_s, steady_s), everyone)
            if target.startswith("https:") and target in self._targets:
                yield WatchedSubject(ExpiringCertificate(target, self._settings), Trouble(0.0, steady_s), everyone)
                yield WatchedSubject(ExpiredCertificate(target), Trouble(0.0, steady_s), everyone)
        yield WatchedSubject(Backlog(self._settings), Trouble(steady_s, steady_s), everyone)
        yield WatchedSubject(Losses(), Trouble(0.0, NO_LOSS_FOR_S), everyone)

    def _camera(self, camera: OfflineCamera) -> WatchedSubject:
        settings = self._settings
        trouble = Trouble(settings.frames_stopped_after_s, settings.steady_for_s)
        return WatchedSubject(camera, trouble, without_repeats(self._of_frames[camera.pipeline]))

    def _ending_certificates(self, now: Now) -> frozenset[str]:
        """The targets whose certificate ends soon, as health cameras, or else `status`, are to know."""
        soon_s = now.unix_s + self._settings.certificate_days * 86_400
        return self._certificates.ending(soon_s, is_refused_only=not self._watched)

    def _evidence(self, now: Now) -> Evidence:
        counts = self._outbox.counts()
        with self._counting:
            lost, why = self._lost, self._why
        return Evidence(
            now=now,
            pending=counts[State.WAITING] + counts[State.SENDING],
            oldest=self._oldest.ask((*self._targets, *self._not_served)),
            lost=lost,
            why=why,
            is_refused=self._reports.is_refused,
            certificates=self._certificates.shown,
            reason_of=self._reason_of,
            cameras=self._shown,
        )

    # -- what is reported

    def _report(self, watched: WatchedSubject, change: Began | Ended, evidence: Evidence) -> None:
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

    def _restore(self, now: Now) -> None:
        """Take up the troubles that an earlier process reported: they are not reported again."""
        self._has_restored = True
        reported = self._open_troubles.read_or_announce(self._announcer)
        heartbeats = {label: self.heartbeat(label) for label in self._of_frames}
        self._watched += [self._camera(one) for one in self._cameras.restore(reported, heartbeats)]
        for watched in self._watched:
            if watched.key in reported:
                watched.trouble.since = min(now.at, now.at_of(reported[watched.key]))

    def _save(self, now: Now) -> None:
        since_unix_s = {
            one.key: round(now.unix_s_of(one.trouble.since), 3)
            for one in self._watched
            if one.trouble.since is not None
        }
        self._open_troubles.write_or_announce(since_unix_s, self._announcer)

    def _now(self) -> Now:
        return Now(time.monotonic(), time.time(), self.zone)
