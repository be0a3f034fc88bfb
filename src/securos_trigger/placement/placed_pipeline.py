"""The state of a placed pipeline, as Ray and its actor see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlacedPipeline:
    """A pipeline as Ray and its actor see it.

    `state` is `runs`, `waits` (for the lease), `starts`, `ended`, `fails`, `no_place` (Ray has not placed it, or is
    moving it) or `not_placed` (`cluster run` was not done). `since` is when its process began with that. `starts`
    counts those of the process since the actor was made. `digest` is that of its assignment.
    """

    pipeline: str
    state: str
    node: str = ""
    since: str | None = None
    starts: int = 0
    reason: str = ""
    digest: str = ""
