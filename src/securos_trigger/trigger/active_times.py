"""Whether a trigger node may fire now: within its active hours, and while it is not muted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from securos_trigger.model import Reason
from securos_trigger.trigger.active_hours import ActiveHours

#: What was worked out is kept for this long: the zone of the machine may change meanwhile.
_KEPT_FOR: Final = timedelta(minutes=1)


class Inactive(NamedTuple):
    """Why an event that is due does not fire, and until when the node is so (wall clock)."""

    reason: Reason
    until: datetime


class ActiveTimes:
    """The active hours of a node, and its mute.

    `muted_until` belongs to the host: it sets it while the node is muted, and None when the mute is over. It decides
    by being set, and the instant is only said.
    """

    __slots__ = ("_asked", "_hours", "_inactive", "_inactive_from", "muted_until")

    def __init__(self, hours: ActiveHours | None) -> None:
        self.muted_until: datetime | None = None
        self._hours = hours
        self._inactive: Inactive | None = None
        self._inactive_from: datetime | None = None
        self._asked: tuple[datetime, datetime] | None = None

    def inactive_at(self, captured_at: datetime | None) -> Inactive | None:
        """Why the node does not fire at this wall clock; None: it may. An unknown wall clock is within the hours."""
        if (muted_until := self.muted_until) is not None:
            return Inactive(Reason.MUTED, muted_until)
        if self._hours is None or captured_at is None or self._hours.is_active(captured_at):
            return None
        known = self._inactive
        if known is None or not _is_kept(self._inactive_from, captured_at, known.until):
            self._inactive_from = captured_at
            found = Inactive(Reason.INACTIVE_HOURS, self._hours.next_active_at(captured_at))
            self._inactive = known = known if known == found else found
        return known

    def hours_begin_at(self, now: datetime) -> datetime | None:
        """When the next active hours begin; None: they are in force now, or there are none. Any thread may ask."""
        if self._hours is None or self._hours.is_active(now):
            return None
        asked = self._asked
        if asked is None or not _is_kept(asked[0], now, asked[1]):
            self._asked = asked = now, self._hours.next_active_at(now)
        return asked[1]


def _is_kept(since: datetime | None, now: datetime, until: datetime) -> bool:
    """Whether what was worked out at `since`, and holds until `until`, is taken again now."""
    return since is not None and since <= now < min(until, since + _KEPT_FOR)
