"""The heartbeat of a stream of frames: the thread that reads frames updates it, the health watch reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Heartbeat:
    """When the last frame came (`time.monotonic()`; None: never), and how the stream ended, if it did.

    `walking_since_at_ticks` is when the steps of a pipeline began with their present frame; None: they wait for one.

    Writing a field is one step for Python, so the two threads need no lock.
    """

    last_at_ticks: float | None = None
    walking_since_at_ticks: float | None = None
    has_ended: bool = False
    has_failed: bool = False
