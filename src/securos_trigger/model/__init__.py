"""The values that travel through the service: Frame, Event, Decision, Delivery, Outcome.

All but `Frame` are frozen. Instants that end in `_at` are either media time (`Event.at`, `Decision.at`: seconds on
the stream's own clock) or wall clock (`captured_at`: an aware `datetime` in UTC); the docstring says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from securos_trigger.model.frames import Frame, Moment

__all__ = [
    "Action",
    "Address",
    "Decision",
    "Delivered",
    "Delivery",
    "Event",
    "EventSource",
    "Flag",
    "Frame",
    "Metadata",
    "Moment",
    "Outcome",
    "Partial",
    "Reason",
    "Refused",
    "Retry",
    "RetryKind",
    "Step",
    "StepResult",
    "Target",
    "TriggerMode",
    "Unauthorized",
    "Verdict",
]

#: What upstream nodes know about a frame: `nodes`, `objects` and custom properties. Never trusted.
Metadata = Mapping[str, Any]


class Action(StrEnum):
    """What the VMS shall do beside logging the event."""

    EVENT = "event"
    EVENT_AND_RECORD = "event_and_record"
    EVENT_AND_RECORD_AND_SUBTITLE = "event_and_record_and_subtitle"

    @property
    def records(self) -> bool:
        """True when the camera shall record."""
        return self is not Action.EVENT

    @property
    def subtitles(self) -> bool:
        """True when the event's text shall stand over the video."""
        return self is Action.EVENT_AND_RECORD_AND_SUBTITLE


class EventSource(StrEnum):
    """Where the node's events come from."""

    BUILT_IN = "built_in"
    CUSTOM = "custom"


class TriggerMode(StrEnum):
    """When a true condition counts: on every frame it holds, or only when it becomes true."""

    LEVEL = "level"
    RISING_EDGE = "rising_edge"


class Reason(StrEnum):
    """Why a frame ended as it did. Exactly one for each decision and verdict."""

    __hash__ = str.__hash__  # every frame counts its reason, and the hash of an Enum is ten times slower

    FIRED = "fired"
    DISABLED = "disabled"
    CONDITION_FALSE = "condition_false"
    CONDITION_UNKNOWN = "condition_unknown"
    NOT_BOOLEAN = "not_boolean"
    NOT_RISEN = "not_risen"
    HOLDING = "holding"
    INTERVAL = "interval"
    DUPLICATE = "duplicate"
    NO_EVENT = "no_event"


class Flag(StrEnum):
    """A remark beside the reason: the event went out, but not quite as its author meant."""

    TEMPLATE_ERROR = "template_error"
    UNDEFINED = "undefined"
    TRUNCATED = "truncated"


class Address(NamedTuple):
    """Where a trigger node stands. `str(address)` is its name everywhere: `pipeline/camera/node`.

    `camera` is empty unless the pipeline's source carries several cameras; `pipeline` is empty for a node that runs
    without one (`running(properties)`).
    """

    pipeline: str
    camera: str
    node: str

    def __str__(self) -> str:
        return "/".join(part for part in self if part)

    def is_named(self, name: str) -> bool:
        """True when `name` is this node: `node`, `pipeline/node` or `pipeline/camera/node`."""
        return name in (self.node, str(self._replace(camera="")), str(self))


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened, and the VMS must know. `event_id` is the idempotency key on the wire.

    `at` is media time (seconds); `captured_at` is the wall clock of the frame, or None until a host stamps it.
    """

    event_id: str
    node_id: str
    deployment_id: str
    name: str
    description: str
    camera_ids: tuple[str, ...]
    action: Action
    record_duration_s: int
    at: float
    captured_at: datetime | None = None
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one occasion to fire (one upstream event, or the condition) on one frame."""

    reason: Reason
    event: Event | None = None
    interval_left_s: float | None = None
    upstream_event_id: str | None = None


class Decision(NamedTuple):
    """What the node decided about one frame: one reason, and the events that fired (mostly none).

    With several upstream events on a frame each has its own entry in `verdicts`, and `reason` is the strongest.
    `at` is the media time the decision was taken at, in seconds. (A named tuple, because there is one for every
    frame and it is made three times as fast as a frozen dataclass.)
    """

    reason: Reason
    at: float
    events: tuple[Event, ...] = ()
    flags: frozenset[Flag] = frozenset()
    interval_left_s: float | None = None
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One SecurOS receiver. `str(target)` is its key everywhere: `https://vms.example:3443`."""

    scheme: str
    host: str
    port: int

    @property
    def base_url(self) -> str:
        """URL without a path; an IPv6 address stands in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def __str__(self) -> str:
        return self.base_url


@dataclass(frozen=True, slots=True)
class Delivery:
    """What we send: one kept event for one target, as it stands in the outbox.

    `sequence` orders the deliveries of a target. `captured_at_s` and `kept_at_s` are Unix seconds.
    `attempts` counts attempts that reached an answer which was not success, or that failed while the target was
    healthy. `retried_at_s` is when a person last put it back from the dead letters; 0: never.
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
    """The receiver did every step. `duplicate`: it had done them before. `knows_event_ids`: see `Partial`."""

    results: tuple[StepResult, ...] = ()
    duplicate: bool = False
    knows_event_ids: bool = False


@dataclass(frozen=True, slots=True)
class Partial:
    """The receiver accepted the delivery, and some steps failed.

    `knows_event_ids`: the receiver remembers what it did, so the same delivery may go again and only the failed
    steps are repeated. Lumeo's script does everything anew.
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
    BAD_ANSWER = "bad_answer"


@dataclass(frozen=True, slots=True)
class Retry:
    """No answer, or one that says "later". `retry_after_s` is the receiver's own wish."""

    kind: RetryKind
    message: str
    retry_after_s: float | None = None


#: How one attempt ended: always a value, never an exception.
Outcome = Delivered | Partial | Refused | Unauthorized | Retry
