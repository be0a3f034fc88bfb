"""Which machine was responsible for a pipeline at a time, and what its trigger nodes fired last. Pure values.

The record of a pipeline stands in the cluster. Its holders are in the order in which they took the pipeline over. An
event belongs to the last machine that had begun to watch before the event was kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import msgspec

from securos_trigger.model import Delivery
from securos_trigger.relay.messages import decoded

_MOST_HOLDERS: Final = 50
_MOST_FIRED: Final = 2_000

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Holder:
    """A machine that took a pipeline over. `owner` is the same for all its processes.

    `is_watching` False: it opens models and the source, and `since_s` is when it got the lease. True: it has processed
    a frame, and `since_s` is when it began with the first one (Unix seconds). From then on its events count.
    """

    owner: str
    node: str
    since_s: float
    is_watching: bool = True  # in a record of a version that did not know this


@dataclass(frozen=True, slots=True)
class LastFired:
    """The last event of a trigger node that the cluster has stored: when it was captured (Unix seconds), and its id."""

    at_s: float
    event_id: str


@dataclass(frozen=True, slots=True)
class PipelineRecord:
    """What the cluster knows of a pipeline.

    `moves` counts how often another machine took it over, `starts` how often a process took it up. `fired` has the
    last event by trigger node and cameras (`fired_key`). `version` is that of the form.
    """

    pipeline: str
    holders: tuple[Holder, ...] = ()
    moves: int = 0
    starts: int = 0
    fired: dict[str, LastFired] = field(default_factory=dict)
    version: Literal[1] = VERSION

    @property
    def holder(self) -> Holder | None:
        """The machine that took it over last."""
        return self.holders[-1] if self.holders else None

    def responsible_at(self, kept_at_s: float, asker: str) -> Holder | None:
        """The machine whose event counts that `asker` kept at this time. None: no machine watched before.

        A machine that has not written down its first frame still answers for its own events: it may have died
        before it could.
        """
        for one in reversed(self.holders):
            if one.since_s <= kept_at_s and (one.is_watching or one.owner == asker):
                return one
        return None

    def taken_by(self, owner: str, node: str, now_s: float) -> PipelineRecord:
        """The record after a process of this machine got the lease."""
        before = self.holder
        starts = self.starts + 1
        if before is not None and before.owner == owner:
            return replace(self, starts=starts)
        holders = (*self.holders, Holder(owner, node, now_s, is_watching=False))[-_MOST_HOLDERS:]
        return replace(self, holders=holders, starts=starts, moves=self.moves + (before is not None))

    def watched_by(self, owner: str, since_s: float) -> PipelineRecord:
        """The record after the machine that took the pipeline over last has begun with its first frame."""
        last = self.holder
        if last is None or last.owner != owner or last.is_watching:
            return self
        # Never earlier than the lease: until then the machine before it was responsible for sure.
        watching = replace(last, since_s=max(last.since_s, since_s), is_watching=True)
        return replace(self, holders=(*self.holders[:-1], watching))

    def with_fired(self, fired: dict[str, LastFired]) -> PipelineRecord:
        """The record with the later one of each of these last events and of its own; the oldest are forgotten."""
        newest = sorted(later_of(self.fired, fired).items(), key=lambda one: one[1].at_s)[-_MOST_FIRED:]
        return replace(self, fired=dict(newest))


def later_of(known: Mapping[str, LastFired], more: Mapping[str, LastFired]) -> dict[str, LastFired]:
    """The later event of each key, by the time at which it was captured: an old one may be relayed after a new one."""
    both = known.keys() & more.keys()
    return {**known, **more, **{key: max(known[key], more[key], key=lambda one: one.at_s) for key in both}}


def fired_key(node_id: str, camera_ids: tuple[str, ...]) -> str:
    """The key of a trigger node in `fired`: a node of an input is there once for each camera."""
    return f"{node_id}|{','.join(camera_ids)}"


def last_fired_of(delivery: Delivery) -> tuple[str, LastFired]:
    """The key of the node that fired, and the event."""
    return fired_key(delivery.node_id, delivery.camera_ids), LastFired(delivery.captured_at_s, delivery.event_id)


def record_text(record: PipelineRecord) -> bytes:
    """Write a record."""
    return msgspec.json.encode(record)


def record_from(content: bytes) -> PipelineRecord:
    """Read a record. Raises `UnreadableMessageError`, for a newer version `NewerMessageError`."""
    return decoded(content, PipelineRecord)
