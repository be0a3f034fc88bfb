"""Compares a receiver's clock with this machine's, by the `Date` header of its answers.

Free of cost for most answers: one is read now and then. A single answer says nothing: it may have been slow, come out
of a cache, or have met a clock that is just being set. So a few in a row must agree with each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.durations import apart_text

#: Clocks that are certainly further apart than this are a trouble, in seconds: recordings start at the wrong time then.
APART_S: Final = 30.0
#: It is over when they are certainly closer than this: one at the limit does not begin and end all the time.
TOGETHER_S: Final = 15.0
#: How many readings in a row must agree.
IN_A_ROW: Final = 3
#: The time of an answer is read no more often than this, in seconds.
READ_EVERY_S: Final = 20.0
#: Two readings agree when what both allow is no further apart than this, in seconds. A `Date` that stands still, as
#: that of a cached answer does, makes readings that are `READ_EVERY_S` apart.
_AGREE_S: Final = 2.0
#: A difference is said in steps of this, in seconds: the header has whole seconds, and an answer takes its time.
_STEP_S: Final = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the receiver's clock is ahead of this machine's (seconds): between `least_s` and `most_s`."""

    least_s: float
    most_s: float

    @property
    def middle_s(self) -> float:
        """The best guess."""
        return (self.least_s + self.most_s) / 2

    @property
    def is_apart(self) -> bool | None:
        """True: too far apart, at least by `APART_S`. False: closer than `TOGETHER_S`. None: neither is certain."""
        if self.least_s > APART_S or self.most_s < -APART_S:
            return True
        return False if max(-self.least_s, self.most_s) < TOGETHER_S else None

    def agrees_with(self, other: Reading) -> bool:
        """True when both may be of clocks that go on evenly."""
        gap_s = max(self.least_s, other.least_s) - min(self.most_s, other.most_s)
        return self.is_apart is other.is_apart and gap_s <= _AGREE_S


class ReceiverClock:
    """Follows the clock of one target, and announces when it begins or ceases to be wrong. One event loop uses it.

    `clock` gives this machine's time in Unix seconds, `ticks` seconds that only go on.
    """

    def __init__(
        self,
        target: str,
        announcer: Announcer,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._announcer = announcer
        self._clock = clock
        self._ticks = ticks
        self._read_at_ticks = float("-inf")
        self._last: Reading | None = None
        self._in_a_row = 0
        self._said_s: int | None = None  # what was announced last; None: the clocks agree, as far as is known

    def begin(self) -> float | None:
        """Give the instant of a request that is sent now, for `note`. None: another answer was read a moment ago."""
        return self._clock() if self._is_due() else None

    def note(self, headers: Mapping[str, str], sent_at_s: float | None) -> None:
        """Read the headers of an answer that begins to arrive now. `sent_at_s` is what `begin` gave."""
        if sent_at_s is None or not self._is_due():  # the answer to another request has been read meanwhile
            return
        self._read_at_ticks = self._ticks()
        reading = reading_of(headers, sent_at_s, self._clock())
        if reading is None:
            return
        is_same = self._last is not None and reading.agrees_with(self._last)
        self._in_a_row = self._in_a_row + 1 if is_same else 1
        self._last = reading
        if self._in_a_row >= IN_A_ROW:
            self._judge(reading)

    def _is_due(self) -> bool:
        return self._ticks() - self._read_at_ticks >= READ_EVERY_S

    def _judge(self, reading: Reading) -> None:
        """Announce what a few readings have said, where it is news."""
        apart_s = _STEP_S * round(reading.middle_s / _STEP_S)
        if reading.is_apart and (self._said_s is None or abs(apart_s - self._said_s) > APART_S):
            self._said_s = apart_s
            reason = "it is about " + apart_text(apart_s, "this machine's")
            self._announcer.announce(kinds.TARGET_CLOCK_APART, target=self._target, apart_s=apart_s, reason=reason)
        elif reading.is_apart is False and self._said_s is not None:
            self._said_s = None
            self._announcer.announce(kinds.TARGET_CLOCK_AGREES, target=self._target)


def reading_of(headers: Mapping[str, str], sent_at_s: float, came_at_s: float) -> Reading | None:
    """Compare the `Date` of an answer with the times between which it was made; None: it says nothing.

    The header has whole seconds, cut off. One that a cache has kept (`Age`) is old. Where this machine's clock was set
    meanwhile, or the machine slept, the two bounds are so far apart, or so wrong, that no other reading agrees.
    """
    if headers.get("Age", "0") != "0":
        return None
    try:
        date = parsedate_to_datetime(headers["Date"])
        date_s = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
    return Reading(date_s - came_at_s, date_s + 1.0 - sent_at_s)
