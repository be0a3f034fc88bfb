"""What is watched. Each subject judges from the evidence of one look how it does, and words its trouble."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol

from securos_trigger.delivery import ShownCertificate
from securos_trigger.health import texts
from securos_trigger.health.ages import Ages, Now
from securos_trigger.health.settings import HealthSettings
from securos_trigger.health.texts import Text
from securos_trigger.health.troubles import Ended, Observation, Sign
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.outbox import Oldest

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one look has gathered.

    `pending` counts the deliveries that wait or are being sent. `oldest` are the oldest by target,
    also of what a cluster has; None: the outbox has not answered yet.
    `lost` counts events that were not kept, `why` is the latest reason.
    `is_refused`: the last report that was offered was not kept either.
    `reason_of` a pipeline or target: why it fails, as its notices said; empty: not known.
    `cameras` are those in SecurOS that a pipeline's nodes send events to.
    """

    now: Now
    pending: int
    oldest: Mapping[str, Oldest] | None
    lost: int
    why: str
    is_refused: bool
    certificates: Mapping[str, ShownCertificate]
    reason_of: Callable[[str], str] = lambda _about: ""
    cameras: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Subject(Protocol):
    """One thing that may be in trouble. `kind` and `about` name it, in notices and from one start to the next."""

    @property
    def kind(self) -> str:
        """The kind of trouble, one constant word."""

    @property
    def about(self) -> str:
        """The pipeline or the receiver; empty: the whole process."""

    def look(self, evidence: Evidence) -> Observation | None:
        """How it does; None: nothing can be said."""

    def begun(self, since: float, evidence: Evidence) -> Text:
        """The words for the beginning of the trouble."""

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        """The words for its end."""


@dataclass(slots=True)
class Frames:
    """Whether frames come. `began_at` is when the watch began: frames that never came are missed from then on.

    Only the instants of frames are healthy, not the time after the last one: a single frame after a long silence ends
    no trouble.
    """

    about: str
    heartbeat: Heartbeat
    settings: HealthSettings
    began_at: float
    kind: ClassVar[str] = "frames_stopped"

    def look(self, evidence: Evidence) -> Observation | None:
        last_at, at = self.heartbeat.last_at_ticks, evidence.now.at
        since = self.began_at if last_at is None else last_at
        is_silent = at - since >= self.settings.frames_stopped_after_s
        if self.heartbeat.has_failed or (is_silent and not self.heartbeat.has_ended):
            return Observation(Sign.FAILING, at, since)
        return None if last_at is None else Observation(Sign.HEALTHY, last_at)

    def begun(self, since: float, evidence: Evidence) -> Text:
        heartbeat, has_failed = self.heartbeat, self.heartbeat.has_failed
        cameras = evidence.cameras.get(self.about) or heartbeat.mapped_cameras
        reason = heartbeat.failure if has_failed else evidence.reason_of(self.about)
        if heartbeat.is_of_messages:
            return texts.no_messages(self.about, since, evidence.now, reason, cameras, has_failed=has_failed)
        return texts.no_frames(
            self.about,
            since,
            evidence.now,
            was_ever_one=heartbeat.last_at_ticks is not None,
            has_failed=has_failed,
            reason=reason,
            cameras=cameras,
        )

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        again = texts.messages_again if self.heartbeat.is_of_messages else texts.frames_again
        return again(self.about, ended, evidence.now)


@dataclass(slots=True)
class FrozenFrames:
    """Whether the frames of a camera have one and the same image: it hangs, although frames come.

    Frames alone do not say that it works: after a start it takes a minute to see that the image is still frozen.
    """

    about: str
    heartbeat: Heartbeat
    kind: ClassVar[str] = "frames_frozen"

    def look(self, evidence: Evidence) -> Observation | None:
        since, moved_at = self.heartbeat.frozen_since_at_ticks, self.heartbeat.moved_at_ticks
        if since is not None and not self.heartbeat.has_ended:
            return Observation(Sign.FAILING, evidence.now.at, since)
        return None if moved_at is None else Observation(Sign.HEALTHY, moved_at)

    def begun(self, since: float, evidence: Evidence) -> Text:
        return texts.frozen(self.about, since, evidence.now, evidence.cameras.get(self.about, ()))

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        return texts.moves_again(self.about, ended, evidence.now)


@dataclass(slots=True)
class FailingNodes:
    """Whether the nodes and the sink of a pipeline work, while its frames come."""

    about: str
    heartbeat: Heartbeat
    kind: ClassVar[str] = "node_failing"

    def look(self, evidence: Evidence) -> Observation | None:
        failing, last_at = self.heartbeat.failing, self.heartbeat.last_at_ticks
        if failing is not None:
            return Observation(Sign.FAILING, evidence.now.at, failing.since_ticks)
        return None if last_at is None else Observation(Sign.HEALTHY, last_at)

    def begun(self, since: float, evidence: Evidence) -> Text:
        return texts.node_fails(self.about, self.heartbeat.failing, since, evidence.now)

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        return texts.nodes_work_again(self.about, ended, evidence.now)


@dataclass(slots=True)
class Deliveries:
    """How long the oldest delivery of a target waits, or the target fails while nothing waits for it."""

    about: str
    settings: HealthSettings
    kind: ClassVar[str] = "deliveries_old"
    _ages: Ages = field(default_factory=Ages, init=False)
    _failing_since: float | None = field(default=None, init=False)
    _fails_longer: bool = field(default=False, init=False)  # than the oldest delivery waits

    def look(self, evidence: Evidence) -> Observation | None:
        if evidence.oldest is None:
            return None
        at = evidence.now.at
        since = self._ages.since(self.about, evidence.oldest.get(self.about), evidence.now)
        failing_since = at if self._failing_since is None else self._failing_since
        self._failing_since = failing_since if evidence.reason_of(self.about) else None
        self._fails_longer = self._failing_since is not None and (since is None or failing_since < since)
        if self._fails_longer:
            since = failing_since
        age_s = 0.0 if since is None else at - since
        return Observation(_sign(age_s, self.settings.outbox_oldest_after_s), at, since)

    def begun(self, since: float, evidence: Evidence) -> Text:
        reason = evidence.reason_of(self.about)
        if self._fails_longer and self._failing_since is not None:
            return texts.receiver_fails(self.about, self._failing_since, evidence.now, evidence.lost, reason)
        return texts.not_through(self.about, since, evidence.now, evidence.lost, reason)

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        return texts.through_again(self.about, ended, evidence.now)


@dataclass(slots=True)
class Backlog:
    """How many deliveries are neither delivered nor given up."""

    settings: HealthSettings
    kind: ClassVar[str] = "outbox_deep"
    about: ClassVar[str] = ""

    def look(self, evidence: Evidence) -> Observation | None:
        return Observation(_sign(evidence.pending, self.settings.outbox_deep_at), evidence.now.at)

    def begun(self, since: float, evidence: Evidence) -> Text:
        return texts.deep(evidence.pending, self.settings.outbox_deep_at, since, evidence.now)

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        return texts.deep_no_more(evidence.pending, ended, evidence.now)


@dataclass(slots=True)
class Losses:
    """Whether events are kept. While a report is refused as well, the disk is no better, though no event is lost."""

    kind: ClassVar[str] = "events_lost"
    about: ClassVar[str] = ""
    _seen: int = field(default=0, init=False)
    _lost_before: int = field(default=0, init=False)  # the present trouble
    _saw_it_begin: bool = field(default=False, init=False)  # and not an earlier process

    def look(self, evidence: Evidence) -> Observation | None:
        if evidence.lost > self._seen:
            self._seen = evidence.lost
            return Observation(Sign.FAILING, evidence.now.at)
        return Observation(Sign.UNCLEAR if evidence.is_refused else Sign.HEALTHY, evidence.now.at)

    def begun(self, since: float, evidence: Evidence) -> Text:
        self._saw_it_begin = True
        return texts.losses(evidence.lost - self._lost_before, evidence.why, since, evidence.now)

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        count = evidence.lost - self._lost_before if self._saw_it_begin else None
        self._saw_it_begin, self._lost_before = False, evidence.lost
        return texts.kept_again(count, ended, evidence.now)


@dataclass(slots=True)
class ExpiringCertificate:
    """Whether the certificate of a target ends soon."""

    about: str
    settings: HealthSettings
    kind: ClassVar[str] = "certificate_expires"

    def look(self, evidence: Evidence) -> Observation | None:
        shown = evidence.certificates.get(self.about)
        if shown is None:
            return None
        left_s = shown.ends_at.timestamp() - evidence.now.unix_s
        if left_s <= 0:
            return Observation(Sign.SUPERSEDED, evidence.now.at)
        is_soon = left_s < self.settings.certificate_days * _DAY_S
        return Observation(Sign.FAILING if is_soon else Sign.HEALTHY, evidence.now.at)

    def begun(self, since: float, evidence: Evidence) -> Text:
        return texts.expires_soon(self.about, evidence.certificates[self.about], evidence.now)

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        return texts.in_order(self.about, evidence.certificates[self.about], evidence.now)


@dataclass(slots=True)
class ExpiredCertificate:
    """Whether the certificate of a target has ended. It takes the place of the trouble that it ends soon."""

    about: str
    kind: ClassVar[str] = "certificate_expired"

    def look(self, evidence: Evidence) -> Observation | None:
        shown = evidence.certificates.get(self.about)
        if shown is None:
            return None
        is_over = shown.ends_at.timestamp() <= evidence.now.unix_s
        return Observation(Sign.FAILING if is_over else Sign.HEALTHY, evidence.now.at)

    def begun(self, since: float, evidence: Evidence) -> Text:
        return texts.has_expired(self.about, evidence.certificates[self.about], evidence.now)

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        return texts.in_order(self.about, evidence.certificates[self.about], evidence.now)


def _sign(value: float, limit: float) -> Sign:
    """Failing from the limit on, healthy below half of it; between the two it stays what it was."""
    if value >= limit:
        return Sign.FAILING
    return Sign.HEALTHY if value < limit / 2 else Sign.UNCLEAR
