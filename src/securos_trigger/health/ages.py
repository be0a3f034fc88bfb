"""Measures since when the oldest delivery of a target waits, on a clock that cannot be set. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from securos_trigger.outbox import Oldest


@dataclass(frozen=True, slots=True)
class Now:
    """An instant on both: `at` is monotonic seconds, for durations; `unix_s` the wall clock, for texts.

    `zone` is the time zone of the texts; None: that of the machine.
    """

    at: float
    unix_s: float
    zone: tzinfo | None = UTC

    def local(self, unix_s: float) -> datetime:
        """An instant of the wall clock in the zone of the texts."""
        return datetime.fromtimestamp(unix_s, UTC).astimezone(self.zone)

    def unix_s_of(self, at: float) -> float:
        """What the wall clock, as it is set now, would have shown at a monotonic instant."""
        return self.unix_s - (self.at - at)

    def at_of(self, unix_s: float) -> float:
        """The monotonic instant at which the wall clock, as it is set now, would have shown this."""
        return self.at - (self.unix_s - unix_s)


class Ages:
    """Deliveries are kept with the wall clock's time, and a wall clock can be set.

    A delivery that was seen once keeps its instant. One that comes after it was kept later: it cannot be older,
    whatever the wall clock says meanwhile.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int | None, float]] = {}

    def since(self, target: str, oldest: Oldest | None, now: Now) -> float | None:
        """The monotonic instant since which the target's oldest delivery waits; None when none does."""
        sequence, earliest = self._seen.get(target, (None, float("-inf")))
        if oldest is None:
            self._seen[target] = (None, now.at)
            return None
        if oldest.sequence != sequence:
            earliest = min(now.at, max(earliest, now.at_of(oldest.since_s)))
            self._seen[target] = (oldest.sequence, earliest)
        return earliest
