"""What a trigger node decides: the event, its reason, and the words of its properties.

Instants that end in `_at` are either media time (`Event.at`, `Decision.at`: seconds on the stream's own clock) or wall
clock (`captured_at`: an aware `datetime` in UTC); the docstring says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from securos_trigger.model.boxes import Box


class Action(StrEnum):
    """What the VMS does besides logging the event."""

    EVENT = "event"
    EVENT_AND_RECORD = "event_and_record"
    EVENT_AND_RECORD_AND_SUBTITLE = "event_and_record_and_subtitle"

    @property
    def records(self) -> bool:
        """True when the camera is to record."""
        return self is not Action.EVENT

    @property
    def subtitles(self) -> bool:
        """True when the event's text is to be shown over the video."""
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
    PAUSE_AFTER_LOSS = "pause_after_loss"
    DUPLICATE = "duplicate"
    NO_EVENT = "no_event"
    INACTIVE_HOURS = "inactive_hours"
    MUTED = "muted"


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

    def is_meant(self, name: str) -> bool:
        """True when a person who types `name` means this node, perhaps with others.

        It names the node (`is_named`), its pipeline or its `pipeline/camera`, or is a pattern such as `yard/*`.
        """
        whole, bare = str(self), str(self._replace(camera=""))
        is_of_group = name in (self.pipeline, whole.rpartition("/")[0])
        return self.is_named(name) or is_of_group or fnmatchcase(bare, name) or fnmatchcase(whole, name)


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened, and the VMS must know. `event_id` is the idempotency key on the wire.

    `at` is media time (seconds); `captured_at` is the wall clock of the frame, or None until a host stamps it. `boxes`
    show the operator where the objects were on the frame that fired; `box_color` is `R,G,B`, empty for SecurOS's own.
    `pipeline` is the pipeline of the node, empty where there is none.
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
    boxes: tuple[Box, ...] = ()
    box_color: str = ""
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one occasion to fire (one upstream event, or the condition) on one frame."""

    reason: Reason
    event: Event | None = None
    interval_left_s: float | None = None
    upstream_event_id: str | None = None
    inactive_until: datetime | None = None


class Decision(NamedTuple):
    """What the node decided about one frame: one reason, and the events that fired (mostly none).

    With several upstream events on a frame each has its own entry in `verdicts`, and `reason` is the strongest.
    `at` is the media time the decision was taken at, in seconds. `inactive_until` is the wall clock until which a node
    is muted or outside its active hours, where that is the reason. (A named tuple, because there is one for every
    frame and it is made three times as fast as a frozen dataclass.)
    """

    reason: Reason
    at: float
    events: tuple[Event, ...] = ()
    flags: frozenset[Flag] = frozenset()
    interval_left_s: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    inactive_until: datetime | None = None


_new_tuple: Final = tuple.__new__
_NO_FLAGS: Final[frozenset[Flag]] = frozenset()


def decision_without_event(reason: Reason, at: float) -> Decision:
    """The decision about a frame that sends nothing, made faster than with the class: most frames have one."""
    return _new_tuple(Decision, (reason, at, (), _NO_FLAGS, None, (), None))
