"""The values of the outbox: states, rows, and how a delivery ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from securos_trigger.model import Delivery, Event

#: What the reason of a row that cannot be read begins with.
UNREADABLE: Final = "the row cannot be read"

#: The lane that events without camera share.
NO_CAMERA_LANE = ""


class State(StrEnum):
    """The state of a delivery: waiting, sending, then delivered or dead; behind a relay, relayed in between.

    Back to `waiting` go a `sending` one that is to be sent again, and a `dead` or `relayed` one that is put back.
    A `waiting` one whose row cannot be read becomes `dead`. `sending` is not in the file: only the process that owns it
    knows.
    """

    #: Kept, and to be sent when it is first in the lane of each of its cameras and its time has come.
    WAITING = "waiting"
    #: A courier has it. After a crash it is `waiting` again.
    SENDING = "sending"
    #: The cluster has stored it, and has not said yet how it ended. It holds up no camera.
    RELAYED = "relayed"
    #: At least one camera has its event; `reason` names the steps that failed for good.
    DELIVERED = "delivered"
    #: It will not be sent again: refused, expired, or no camera exists. `reason` says why.
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery as it stands in the outbox, for a person to read. Instants are Unix seconds.

    `pipeline` is that of its node; empty: it is not known. `unreadable` says why the row cannot be read; then what is
    wrong in it is left out, and it can be dropped, but not sent. Empty: it can be read. `lanes_ahead` is in how many of
    its lanes another delivery stands before it; `lanes` are the cameras whose order it still holds up ("": that of
    events without a camera). None: that was not asked.
    """

    delivery: Delivery
    state: State
    due_at_s: float
    settled_at_s: float | None
    reason: str
    pipeline: str = ""
    unreadable: str = ""
    lanes_ahead: int = 0
    lanes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Oldest:
    """The delivery of a target that waits longest. `since_s`: Unix seconds at which it was kept, or put back."""

    sequence: int
    since_s: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the outbox holds for one target. `waiting` counts what waits or is being sent, `dead` the dead letters.

    `relayed` counts what the cluster has and has not said the end of. A number is None when it is too high to be
    counted at once. `oldest` is the delivery that waits longest, `oldest_relayed` the oldest that the cluster has.
    """

    waiting: int | None
    dead: int | None
    oldest: Oldest | None
    relayed: int | None = 0
    oldest_relayed: Oldest | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A camera of a target whose latest delivery is a dead letter: since when (Unix seconds), and why.

    `camera_id` is empty for deliveries without a camera.
    """

    target: str
    camera_id: str
    since_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows to take: those of `state` that fit all of the other fields, oldest first.

    `ids` are sequences (`Delivery.sequence`) or event ids (or 8 or more of their first characters); none: all. `reason`
    is a part of the reason, in any case; with `is_exact_reason` the whole of it. `last` is the highest sequence that
    counts (None: all). `limit` is how many at most. `target` is a whole target (empty: all). `camera_ids`: those that
    name one of these cameras, for an empty id those that name no camera (none: all).
    """

    state: State = State.DEAD
    ids: tuple[str, ...] = ()
    reason: str = ""
    last: int | None = None
    limit: int = 500
    target: str = ""
    camera_ids: tuple[str, ...] = ()
    is_exact_reason: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Which deliveries of any state to find, the newest first. An empty field means all.

    `text` is a part of name or description, in any case. The other texts are whole values; an event whose pipeline is
    not known fits every `pipeline`.
    `since_s` and `until_s` (Unix seconds) bound the time of the frame. `before` is a sequence: only what was kept
    before it is read (None: all).
    """

    text: str = ""
    state: str = ""
    target: str = ""
    node_id: str = ""
    pipeline: str = ""
    camera_id: str = ""
    since_s: float | None = None
    until_s: float | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Done:
    """The delivery is delivered. `reason` is empty, or names the steps that failed for good.

    `failed_camera_ids` are the cameras that never get the event.
    """

    reason: str = ""
    failed_camera_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dead:
    """The delivery becomes a dead letter. `counts_as_attempt`: `Delivery.attempts` grows by one."""

    reason: str
    counts_as_attempt: bool = True


@dataclass(frozen=True, slots=True)
class Relayed:
    """The cluster has stored the delivery: it is out of the hands of this process, and its end becomes known later."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class RelayOutcome:
    """How a relayed delivery ended, as the cluster says: `end`, after `attempts` attempts.

    `retried_at_s` is that of the delivery: an outcome is not that of a later attempt which a person has asked for.
    """

    target: str
    event_id: str
    end: Done | Dead
    attempts: int = 0
    retried_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Again:
    """The delivery is to be sent again, not before `wait_s` seconds have passed since it was given back (0: at once).

    `remaining_camera_ids` are the cameras to send it to (None: as before; never empty). `holds_camera_ids` are those
    whose order it still holds up (None: all that remain); the lanes of all others go on. `counts_as_attempt`:
    `Delivery.attempts` grows by one. `failed_camera_ids` are cameras that never get the event.
    """

    wait_s: float = 0.0
    reason: str = ""
    counts_as_attempt: bool = False
    remaining_camera_ids: tuple[str, ...] | None = None
    holds_camera_ids: tuple[str, ...] | None = None
    failed_camera_ids: tuple[str, ...] = ()

    def due_at_s(self, now_s: float) -> float:
        """When it is due, by the clock of `now_s`, which is when it was given back; 0: at once."""
        return now_s + self.wait_s if self.wait_s else 0.0


#: How a delivery ends for this process: for good, or in the hands of the cluster.
End = Done | Dead | Relayed

#: What becomes of a claimed delivery: it ends, or it is sent again.
Settlement = End | Again


def lanes_of(camera_ids: tuple[str, ...]) -> list[str]:
    """Give the lanes of cameras, without repeats; for no camera the shared lane."""
    return list(dict.fromkeys(camera_ids)) or [NO_CAMERA_LANE]


def state_after(end: End) -> State:
    """Give the state of a delivery that has ended."""
    match end:
        case Done():
            return State.DELIVERED
        case Dead():
            return State.DEAD
        case Relayed():
            return State.RELAYED


def ending_of(delivery: Delivery, end: End) -> tuple[int, str, State, str, int]:
    """Give one entry of the list for the `finish` statement."""
    attempts = int(isinstance(end, Dead) and end.counts_as_attempt)
    return delivery.sequence, delivery.event_id, state_after(end), _storable(end.reason), attempts


def outcome_entry(outcome: RelayOutcome) -> tuple[str, str, float, State, str, int]:
    """Give one entry of the list for the `take_outcomes` statement."""
    end = outcome.end
    state, reason = state_after(end), _storable(end.reason)
    return outcome.target, outcome.event_id, outcome.retried_at_s, state, reason, outcome.attempts


def parameters_of(event: Event, target: str, kept_at_s: float) -> dict[str, object]:
    """Give the parameters of the `put` statement. Text that UTF-8 cannot hold (lone surrogates) becomes U+FFFD."""
    assert event.captured_at is not None, "a host stamps captured_at before it puts an event"
    camera_ids = tuple(_storable(camera_id) for camera_id in event.camera_ids)
    return {
        "target": target,
        "event_id": _storable(event.event_id),
        "node_id": _storable(event.node_id),
        "deployment_id": _storable(event.deployment_id),
        "name": _storable(event.name),
        "description": _storable(event.description),
        "camera_ids": json.dumps(camera_ids),
        "action": str(event.action),
        "record_duration_s": event.record_duration_s,
        "captured_at_s": event.captured_at.timestamp(),
        "kept_at_s": kept_at_s,
        "boxes": json.dumps(event.boxes, separators=(",", ":")) if event.boxes else "",
        "box_color": _storable(event.box_color),
        "pipeline": _storable(event.pipeline),
        "lanes": json.dumps(lanes_of(camera_ids)),
    }


def _storable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
