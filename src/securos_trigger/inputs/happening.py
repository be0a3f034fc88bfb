"""What a message says (`Reading`), and what that is to us (`Happening`): new, an update, over, said before …

There are several of these objects for each message, and some have 30 fields: a Struct is made in a tenth of the time of
a frozen dataclass. They hold plain data, and none can hold itself: the collector of cycles need not look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from securos_trigger.inputs.boxes import Box, Canvas
from securos_trigger.metadata.objects import TrackId


class Verdict(StrEnum):
    """What a message is to us. The order is that of strength: of several in one message the first one leads."""

    __hash__ = str.__hash__  # every message is counted by it, and the hash of an Enum is ten times slower

    NEW = "new"  # something began
    UPDATE = "update"  # about a thing that is known
    END = "end"  # it is over
    FRAME = "frame"  # a set of objects at one moment
    DUPLICATE = "duplicate"  # said before
    STALE = "stale"  # true once; too old, or retained
    STATE = "state"  # knowledge about health or a level
    IGNORED = "ignored"  # rightly not for us
    MALFORMED = "malformed"  # cannot be read
    REFUSED = "refused"  # the token of its sender is not for its camera


STRONGEST_FIRST: Final = tuple(Verdict)
_RANK: Final = {verdict: rank for rank, verdict in enumerate(STRONGEST_FIRST)}


#: What makes a frame.
NEWS: Final = frozenset({Verdict.NEW, Verdict.UPDATE, Verdict.END, Verdict.FRAME})


class Says(StrEnum):
    """What one message says by itself, before anything that is known is compared with it."""

    __hash__ = str.__hash__

    BEGAN = "began"  # the thing is here, and the source says that this is the first message about it
    HERE = "here"  # the thing is here: on, active, inside
    ENDED = "ended"  # the thing is gone: off, inactive, outside
    MOMENT = "moment"  # something happened that has no duration
    LATE = "late"  # a late fact about a thing: a plate, a description
    AS_IS = "as_is"  # the state of a thing at a subscription: knowledge, or the end of what was known to be here
    LEVEL = "level"  # a count, a health, a heartbeat
    FRAME = "frame"  # all objects of a moment
    REPEATED = "repeated"  # another message has said it already
    NOT_FOR_US = "not_for_us"
    UNREADABLE = "unreadable"  # one part of a message that has several; `why` says where


class Thing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object in a frame. `id` None: it is not tracked. `is_part`: it is a part of another object, as a head."""

    label: str = ""
    id: TrackId | None = None
    probability: float | None = None
    box: Box | None = None
    zones: tuple[str, ...] = ()
    lines: tuple[tuple[str, Any], ...] = ()  # name and direction of each line that was crossed
    attributes: Mapping[str, Any] = msgspec.field(default_factory=dict)
    is_part: bool = False


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one message, or one part of it, says. A parser makes it; nothing that is known has been compared yet.

    Who: `source` is the camera or the device, as the source calls it (None: none is named); `channel` the camera of a
    device that may have several (`channel_kind`: which kind of name it is, where a device has several for one camera);
    `prefix` what else distinguishes two sources with the same names (an MQTT prefix).
    `direct_cameras` are SecurOS ids that the message itself names.

    What: `identity` names the thing among all of this input, and is the reducer's key. `compared` is what makes a
    change when it differs from what is known; `before` gives what the source says it was, for a thing that is not
    known. `key` names the message itself: two with the same key are one (empty: its bytes do). `forgets` marks all
    things whose identity begins with it as no longer live. `is_here` is the state that AS_IS reports.

    When: `at` is the source's own time of it, `ended_at` and `began_at` those of the thing's life, in Unix seconds;
    `judged_at` is the time by which its age is judged (None: `ended_at`, else `at`). `media_at` is in seconds of stream
    time.
    """

    says: Says
    source: str | None = None
    channel: str = ""
    channel_kind: str = ""
    prefix: str = ""
    direct_cameras: tuple[str, ...] | None = None

    identity: str = ""
    about: str = "object"
    compared: Mapping[str, Any] = msgspec.field(default_factory=dict)
    before: Callable[[], Mapping[str, Any]] | None = None
    key: str = ""
    forgets: str = ""
    is_here: bool = False

    at: float | None = None
    began_at: float | None = None
    ended_at: float | None = None
    judged_at: float | None = None
    media_at: float | None = None

    labels: tuple[str, ...] | None = None
    zones: tuple[str, ...] | None = None
    entered_zones: tuple[str, ...] | None = None
    object_ids: tuple[str, ...] | None = None
    boxes: tuple[Box, ...] = ()
    objects: tuple[Thing, ...] | None = None
    canvas: Canvas | None = None
    probability: float | None = None
    sub_label: str | None = None
    plate: str | None = None
    severity: str | None = None
    count: int | None = None
    health: str | None = None
    #: Everything else that users may ask for, by name: `speed`, `rule`, `topic`, `description` … Plain data.
    more: Mapping[str, Any] = msgspec.field(default_factory=dict)
    why: str = ""

    @property
    def aged_from(self) -> float | None:
        """The time by which its age is judged; None: it says none."""
        said_at = self.judged_at if self.judged_at is not None else self.ended_at
        return said_at if said_at is not None else self.at


class Happening(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A reading with its verdict. `source` is its name in the camera map, `cameras` are the ids in SecurOS.

    `changes` are the names of what differs from what was known. `is_unknown`: the source is not in the camera map.
    """

    verdict: Verdict
    reading: Reading
    source: str | None = None
    cameras: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    is_unknown: bool = False

    @property
    def why(self) -> str:
        """Why the message is what it is, where its parser says it; empty: it does not."""
        return self.reading.why


def strongest(happenings: Sequence[Happening]) -> Happening | None:
    """The one that leads: the strongest verdict, of several the first; None when there is none."""
    if len(happenings) == 1:
        return happenings[0]
    return min(happenings, key=lambda one: _RANK[one.verdict], default=None)
