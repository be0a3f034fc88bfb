"""What is sent and how it ended: deliveries, and the outcome of one attempt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from securos_trigger.model.boxes import Box
from securos_trigger.model.decisions import Action


@dataclass(frozen=True, slots=True)
class Delivery:
    """What we send: one kept event for one target, as it stands in the outbox.

    `sequence` orders the deliveries of a target. `captured_at_s` and `kept_at_s` are Unix seconds.
    `attempts` counts attempts that reached an answer which was not success, or that failed while the target was
    healthy. `retried_at_s` is when it was last put back, by a person, or by the gateway because the cluster had lost
    it; 0: never. `is_time_uncertain`: the clock that gave `captured_at_s` was not set, or was set since; it is not in
    the file, a courier finds it out.
    """

    sequence: int
    target: str
    event_id: str
    node_id: str
    deployment_id: str
    name: str
    description: str
    camera_ids: tuple[str, ...]
    action: Action
    record_duration_s: int
    captured_at_s: float
    kept_at_s: float
    attempts: int = 0
    retried_at_s: float = 0.0
    is_time_uncertain: bool = False
    boxes: tuple[Box, ...] = ()
    box_color: str = ""


class Accepted(StrEnum):
    """Whether a camera has the event of a delivery that goes again: none, one more since this attempt, or before it."""

    NO = "no"
    NOW = "now"
    BEFORE = "before"


class Step(StrEnum):
    """One thing the receiver asks SecurOS to do for one camera."""

    REC = "REC"
    SUBTITLES = "SUBTITLES"
    EVENT = "EVENT"


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step on one camera (`camera_id` None: tied to no camera)."""

    camera_id: str | None
    step: str
    ok: bool
    error: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver did every step. `knows_event_ids`: see `Partial`.

    `duplicate`: it knew the event already, and no person has sent the delivery again since then.
    """

    results: tuple[StepResult, ...] = ()
    duplicate: bool = False
    knows_event_ids: bool = False


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A cluster has stored the delivery, and says later how it ended."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """Another machine is responsible for what the delivery reports: it is given up here, and `reason` says why.

    Every reason ends with `WHY`. It says nothing of the cameras: they get their events from the other machine.
    """

    WHY: ClassVar[str] = "had processed its first frame before this event was kept here"

    reason: str


@dataclass(frozen=True, slots=True)
class Partial:
    """The receiver accepted the delivery, and some steps failed.

    `knows_event_ids`: the receiver remembers what it did, so the same delivery may go again and only the failed
    steps are repeated. Lumeo's script does everything again.
    """

    results: tuple[StepResult, ...]
    knows_event_ids: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The receiver will never take this delivery (400, 413 …). It goes to the dead letters."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """The receiver does not accept the password. The target pauses; no attempt is used up."""

    message: str


class RetryKind(StrEnum):
    """Why an attempt has to be repeated."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    WRONG_SCHEME = "wrong_scheme"
    BUSY = "busy"
    NOT_READY = "not_ready"
    UNTRUSTED = "untrusted"
    #: A status from 500 on: the receiver stumbled over it.
    STUMBLED = "stumbled"
    #: A refusal that names another event.
    REFUSED_ANOTHER = "refused_another"
    BAD_ANSWER = "bad_answer"


@dataclass(frozen=True, slots=True)
class Retry:
    """No answer, or one that says "later". `retry_after_s` is the receiver's own wish."""

    kind: RetryKind
    message: str
    retry_after_s: float | None = None


#: How one attempt ended: always a value, never an exception.
Outcome = Delivered | Partial | Refused | Unauthorized | Retry
