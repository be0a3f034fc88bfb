"""Streams that drop what is still needed, as one does that was changed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from nats.js.api import DiscardPolicy, StreamConfig

from securos_trigger.relay.names import Names
from securos_trigger.relay.streams import DEAD_STAY_S, OUTCOMES_STAY_S
from securos_trigger.system.durations import duration_text


def dropping_streams(names: Names, streams: Sequence[StreamConfig]) -> tuple[str, ...]:
    """Say of each stream how it loses some: `stream of events loses some: it drops events after 1 h (max_age)`."""
    return tuple(
        f"stream of {what} loses some: {why}"
        for config in streams
        for what, stays_s in [_needed(names)[config.name or ""]]
        for why in _drops(config, what, stays_s)
    )


def _needed(names: Names) -> dict[str, tuple[str, float]]:
    """What is in each stream, and how long it must stay, in seconds; 0: always."""
    return {
        names.events: ("events", 0.0),
        names.outcomes: ("outcomes", OUTCOMES_STAY_S),
        names.dead: ("dead letters", DEAD_STAY_S),
    }


_OF_WHOM: Final = {"outcomes": "of a gateway"}


def _drops(config: StreamConfig, what: str, stays_s: float) -> Iterator[str]:
    is_limited = max(config.max_bytes or 0, config.max_msgs or 0) > 0
    if is_limited and config.discard != DiscardPolicy.NEW:
        yield f"it drops the oldest {what} when it is full (discard: old)"
    if (config.max_msgs_per_subject or 0) > 0 and not config.discard_new_per_subject:
        whose = _OF_WHOM.get(what, "of a receiver")
        yield f"it keeps the last {config.max_msgs_per_subject:,} {what} {whose} (max_msgs_per_subject)"
    if config.max_age and (not stays_s or config.max_age < stays_s):
        yield f"it drops {what} after {duration_text(config.max_age)} (max_age)"
