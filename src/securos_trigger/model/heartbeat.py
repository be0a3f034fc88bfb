"""The heartbeat of a stream of frames: the thread that reads frames updates it, the health watch reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CameraState:
    """What a source says of one of its cameras, and since when (`time.monotonic()`). No reason: it is online."""

    offline_reason: str
    since_ticks: float


@dataclass(frozen=True, slots=True)
class NodeFailure:
    """A node of a pipeline, or its `sink`, that fails: since when (`time.monotonic()`), why, and what to do."""

    node_id: str
    since_ticks: float
    reason: str
    fix: str


@dataclass(slots=True)
class Heartbeat:
    """When the last frame came (`time.monotonic()`; None: never), and how the stream ended, if it did.

    `cameras` is what the source of an input says of its cameras, by name; the empty name is the source itself. It is
    replaced as a whole.

    `walking_since_at_ticks` is when the steps of a pipeline began with their present frame; None: they wait for one.

    `frozen_since_at_ticks`: since when all frames have had one and the same image; None: they have not.
    `moved_at_ticks`: when two images were last seen that are not the same; None: no two were yet.

    `failure` says why it has failed, where that is known; it is set before `has_failed`.

    `is_of_messages`: an input, whose frames are made of messages. `mapped_cameras` are the ids in SecurOS of its camera
    map: its nodes send to them.

    `failing` is the node whose failures a person must end, while there is one; after the end one that ended so.

    Writing a field is one step for Python, so the two threads need no lock.
    """

    last_at_ticks: float | None = None
    walking_since_at_ticks: float | None = None
    frozen_since_at_ticks: float | None = None
    moved_at_ticks: float | None = None
    is_of_messages: bool = False
    mapped_cameras: tuple[str, ...] = ()
    has_ended: bool = False
    has_failed: bool = False
    failure: str = ""
    failing: NodeFailure | None = None
    cameras: Mapping[str, CameraState] = field(default_factory=dict)
