"""When a trouble begins and when it is over. Pure: no clock, no thread, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Sign(Enum):
    """What one look shows. Unclear lies between healthy and failing: it begins nothing and ends nothing."""

    FAILING = "failing"
    UNCLEAR = "unclear"
    HEALTHY = "healthy"
    #: Another trouble has taken this one's place: it ends without a report.
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Observation:
    """A sign, at an instant. `since` is when the failing began; None: when it was first seen."""

    sign: Sign
    at: float
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """A trouble has begun, `since` then."""

    since: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The trouble that there was `since` then is over: all has been healthy from `healthy_since` on."""

    since: float
    healthy_since: float


@dataclass(slots=True)
class Trouble:
    """The trouble that one subject may have. Instants are seconds on any clock that only goes forward.

    It begins when the subject has been failing for `hold_s` without a break, and is over when it has been healthy for
    `recover_s` without a break. So a subject that flaps has one trouble, not many.
    """

    hold_s: float
    recover_s: float
    #: Since when there is a trouble; None: there is none.
    since: float | None = None
    _sign: Sign = Sign.UNCLEAR
    _sign_since: float = 0.0

    def observe(self, seen: Observation) -> Began | Ended | None:
        """Take one more observation into account; gives what it changes."""
        if seen.sign is not self._sign:
            self._sign, self._sign_since = seen.sign, seen.at
        held_s = seen.at - self._sign_since
        if self.since is None:
            if seen.sign is not Sign.FAILING or held_s < self.hold_s:
                return None
            self.since = self._sign_since if seen.since is None else seen.since
            return Began(self.since)
        since = self.since
        if seen.sign is Sign.SUPERSEDED:
            self.since = None
        if seen.sign is not Sign.HEALTHY or held_s < self.recover_s:
            return None
        self.since = None
        return Ended(since, self._sign_since)
