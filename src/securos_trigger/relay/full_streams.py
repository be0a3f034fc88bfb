"""Streams that refuse what comes, because they are as large as their limit allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nats.js.api import DiscardPolicy, StreamInfo

#: A stream with less space than this, or than one of its messages has, takes hardly any more, in bytes.
_SPACE_FOR_ONE: Final = 4_096


@dataclass(frozen=True, slots=True)
class FullStream:
    """A stream that is full. `limit` says which limit it has reached: `12 of 12 messages (max_msgs)`."""

    name: str
    limit: str


def full_streams(streams: Iterable[StreamInfo]) -> tuple[FullStream, ...]:
    """Those that are full. One that drops the oldest for the newest never is.

    Each with the numbers of messages of its subjects: it may have a limit for each.
    """
    found = ((one.config.name or "", _limit(one)) for one in streams if one.config.discard == DiscardPolicy.NEW)
    return tuple(FullStream(name, limit) for name, limit in found if limit)


def _limit(stream: StreamInfo) -> str:
    """The limit that a stream has reached; empty: none."""
    config, state = stream.config, stream.state
    if (most := config.max_msgs or 0) > 0 and state.messages >= most:
        return f"{state.messages:,} of {most:,} messages (max_msgs)"
    one = max(_SPACE_FOR_ONE, state.bytes // max(1, state.messages))
    if (most := config.max_bytes or 0) > 0 and most - state.bytes < one:
        return f"{state.bytes:,} of {most:,} bytes (max_bytes)"
    if (most := config.max_msgs_per_subject or 0) > 0 and config.discard_new_per_subject:
        full = [(subject, count) for subject, count in sorted((state.subjects or {}).items()) if count >= most]
        for subject, count in full[:1]:
            others = f" and of {len(full) - 1:,} other subjects" if full[1:] else ""
            return f"{count:,} of {most:,} messages of {subject}{others} (max_msgs_per_subject)"
    return ""
