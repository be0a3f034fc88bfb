"""The messages in the cluster as JSON: an event for a target, how events ended, a dead letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import msgspec

from securos_trigger.model import Delivery
from securos_trigger.outbox import Dead, Done, RelayOutcome

_Message = TypeVar("_Message")

#: A reader refuses another version, so that a rolling update cannot lose a field silently. A new field with a default
#: is no new version: older readers leave it out.
VERSION: Final = 1


class UnreadableMessageError(ValueError):
    """A message is not one of ours, or of a version that is not known here. The text says what is wrong."""


class NewerMessageError(UnreadableMessageError):
    """A message is of a newer version than this program: it is left for one that reads it."""


@dataclass(frozen=True, slots=True)
class _Form:
    version: int = 0


@dataclass(frozen=True, slots=True)
class RelayedEvent:
    """A delivery on its way from a gateway to a target. `age_s` is how old it was when it was published, in seconds.

    `published_at_s` is when that was by the clock of the gateway (Unix seconds); 0: an older version, or a person who
    sends a dead letter again beside `deliver`, does not say. `version` is that of the form.
    """

    gateway: str
    delivery: Delivery
    age_s: float
    version: Literal[1] = VERSION
    published_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """How one delivery ended: `is_dead` or delivered, with what the notice at the gateway says of it."""

    target: str
    event_id: str
    event_name: str
    camera_ids: tuple[str, ...]
    is_dead: bool
    reason: str
    attempts: int
    retried_at_s: float
    latency_s: float
    is_late: bool
    is_duplicate: bool
    failed_camera_ids: tuple[str, ...] = ()  # a deliver of an older version does not say

    @property
    def outcome(self) -> RelayOutcome:
        """The same for the outbox."""
        end = Dead(self.reason) if self.is_dead else Done(self.reason)
        return RelayOutcome(self.target, self.event_id, end, self.attempts, self.retried_at_s)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How several deliveries of one gateway ended."""

    outcomes: tuple[EventOutcome, ...]
    version: Literal[1] = VERSION


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up, why, and when (Unix seconds).

    `event` is None for a message that could not be read; then `content` is its text.
    """

    event: RelayedEvent | None
    reason: str
    died_at_s: float
    content: str = ""
    version: Literal[1] = VERSION


def encoded(message: RelayedEvent | Outcomes | DeadLetter) -> bytes:
    """Write a message."""
    return msgspec.json.encode(message)


def decoded(content: bytes, kind: type[_Message]) -> _Message:
    """Read a message of this kind. Raises `UnreadableMessageError`, for a newer version `NewerMessageError`."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if (version := _version_of(content)) > VERSION:
            what = f"a message has version {version}, and this program reads version {VERSION}"
            raise NewerMessageError(f"{what}: update securos-trigger here") from error
        raise UnreadableMessageError(str(error)) from error


def _version_of(content: bytes) -> int:
    """The version that a message says it has; 0: it does not say."""
    try:
        return msgspec.json.decode(content, type=_Form).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
