"""What a ledger holds: decisions, what became of deliveries, how targets fared, which sources gave no frames, its gaps.

Instants that end in `_at_s` are wall clock (Unix seconds), those that end in `_media_s` are seconds on the stream's own
clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from securos_trigger.conditions import Clause
from securos_trigger.model import Address, Flag, Reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a node decided: about one frame, or about a run of frames that all ended alike.

    A firing is an entry of its own, and so is each upstream event that did not get through. Frames that ended alike,
    with the same clause values once a second, share an entry: `from_at_s` is the first of them, `until_at_s` the last,
    `frames` how many. `interval_left_s` is what was left of the interval on the first frame. `inactive_until_at_s`
    is when a mute was to end, or the active hours begin, as it was known on the first frame, `mute_reason` why a person
    muted the node. `boxes` is the number of
    bounding boxes that a firing's event has.
    """

    address: Address
    source_name: str
    reason: Reason
    from_at_s: float
    until_at_s: float
    from_media_s: float
    until_media_s: float
    frames: int = 1
    clauses: tuple[Clause, ...] = ()
    interval_left_s: float | None = None
    event_id: str = ""
    event_name: str = ""
    flags: frozenset[Flag] = frozenset()
    boxes: int = 0
    upstream_event_id: str = ""
    inactive_until_at_s: float | None = None
    mute_reason: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The same for two states of one entry: a run that goes on is written again, and the later line counts."""
        began_ms = round(self.from_at_s * 1000)
        which = self.event_id or self.upstream_event_id
        return self.address, self.reason, began_ms, self.from_media_s, which

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes. The texts of clauses are shared and not counted."""
        seen = sum(len(item.value) if isinstance(item.value, str) else 8 for c in self.clauses for item in c.seen)
        pieces = sum(1 + len(clause.seen) for clause in self.clauses)
        return 400 + len(self.event_name) + len(self.upstream_event_id) + len(self.mute_reason) + 120 * pieces + seen


class DeliveryState(StrEnum):
    """How far the delivery of an event has come."""

    #: The event is on disk; a courier will deliver it.
    KEPT = "kept"
    #: The outbox had an event of this id: it is not sent a second time.
    ALREADY_THERE = "already_there"
    #: The event could not be kept: it is lost, and its node may fire again at once.
    NOT_KEPT = "not_kept"
    #: An attempt failed; it goes again.
    RETRY = "retry"
    #: The receiver has it.
    DELIVERED = "delivered"
    #: It will not be sent again.
    DEAD = "dead"
    #: It waits again, since a person has put it back. The outbox says so, and no line of a ledger has this state.
    PUT_BACK = "put_back"
    #: It waits in the outbox, which says for what (`reason`). No line of a ledger has this state.
    WAITS = "waits"
    #: Neither the ledger nor the outbox says what became of it. No line of a ledger has this state.
    UNKNOWN = "unknown"

    @property
    def is_end(self) -> bool:
        """True when nothing comes after it."""
        return self not in (
            DeliveryState.KEPT,
            DeliveryState.ALREADY_THERE,
            DeliveryState.RETRY,
            DeliveryState.PUT_BACK,
            DeliveryState.WAITS,
        )


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """One step in the life of an event's delivery. A delivery is known by its event and its target.

    `reason` says why it was not kept, goes again, is dead or not known; for a delivered one, which steps failed.
    `wait_s` is how long a retry waits, `latency_s` the time from the frame to the answer.
    """

    event_id: str
    state: DeliveryState
    at_s: float
    target: str = ""
    reason: str = ""
    latency_s: float | None = None
    wait_s: float | None = None
    is_late: bool = False
    is_duplicate: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """The same for a line that was read twice."""
        return self.event_id, self.state, round(self.at_s * 1000)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return 300 + len(self.reason)


@dataclass(frozen=True, slots=True)
class TargetNote:
    """A target began to fail (`trouble` is the name of the notice that said so) or recovered (`trouble` is empty).

    `failing_since_at_s` is when it failed first, of whatever cause; None: when the note was made. A target may be
    unreachable first and not trusted later: the later cause holds since its own note.
    """

    target: str
    trouble: str
    at_s: float
    reason: str = ""
    failing_since_at_s: float | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """The same for a line that was read twice."""
        return self.target, self.trouble, round(self.at_s * 1000)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return 300 + len(self.reason)


@dataclass(frozen=True, slots=True)
class SettingsNote:
    """The settings of a node were changed while it ran: the names of those `changed`, and its condition since then.

    `trigger` is empty for a node without a condition.
    """

    address: Address
    at_s: float
    changed: tuple[str, ...]
    trigger: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The same for a line that was read twice."""
        return self.address, round(self.at_s * 1000)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return 300 + len(self.trigger) + 20 * len(self.changed)


@dataclass(frozen=True, slots=True)
class SourceNote:
    """A source was lost or a pipeline failed (`reason` says why), or a source gives frames again (`reason` is empty).

    `source` is empty when the pipeline itself failed; `pipeline` is empty in what an older version wrote of a source.
    """

    at_s: float
    source: str = ""
    pipeline: str = ""
    reason: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The same for a line that was read twice."""
        return self.source, self.pipeline, self.reason, round(self.at_s * 1000)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return 300 + len(self.reason)


@dataclass(frozen=True, slots=True)
class StateNote:
    """A state of a node, a pipeline, a source or a camera began, or ended (`is_over`), which may be why none fires.

    `state` is `muted`, or the name of the notice that said it (`camera_offline`). `node` is `pipeline/node`, `cameras`
    are names that the source gives them. A mute is to end at `until_at_s`. `reason` says why it began, or ended.
    `since_at_s` is when it began, where that was before `at_s`: a mute goes on over the start of a service.
    """

    at_s: float
    state: str
    is_over: bool = False
    pipeline: str = ""
    source: str = ""
    node: str = ""
    cameras: str = ""
    reason: str = ""
    until_at_s: float | None = None
    since_at_s: float | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """The same for a line that was read twice."""
        return *self.subject, self.is_over, self.reason, round(self.at_s * 1000)

    @property
    def subject(self) -> tuple[str, ...]:
        """What is in which state: the same for its beginning and its end."""
        return self.state, self.pipeline, self.source, self.node, self.cameras

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return 400 + len(self.reason)


@dataclass(frozen=True, slots=True)
class GapNote:
    """Records from `from_at_s` to `until_at_s` that the file does not have, and why (`reason`).

    They were `frames` decisions (one for each frame of a node), and said of `events_lost` events that the outbox could
    not keep. Both are 0 where lines cannot be read: what they held is not known.
    """

    from_at_s: float
    until_at_s: float
    reason: str
    frames: int = 0
    events_lost: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """The same for a line that was read twice."""
        return round(self.from_at_s * 1000), round(self.until_at_s * 1000), self.reason

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return 300 + len(self.reason)


@dataclass(frozen=True, slots=True)
class RunNote:
    """A service began to write the ledger, or ended and had written all of it (`is_end`).

    `is_finished`: no one stopped it. Its sources had come to their end. `configuration` is the whole path of its file;
    empty: it had none, or is of a version that does not write it.
    """

    at_s: float
    is_end: bool = False
    is_finished: bool = False
    configuration: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The same for a line that was read twice."""
        return self.is_end, round(self.at_s * 1000)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return 200


Record = Entry | DeliveryNote | TargetNote | SettingsNote | SourceNote | StateNote | GapNote | RunNote


def span_of(record: Record) -> tuple[float, float]:
    """The first and the last instant that a record is about (Unix seconds)."""
    if isinstance(record, Entry | GapNote):
        return record.from_at_s, record.until_at_s
    return record.at_s, record.at_s
