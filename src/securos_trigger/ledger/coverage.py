"""What a ledger cannot say of a time: its gaps, the times without a service, what came before its first line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import Any, Final

from securos_trigger.errors.wording import counted, printable
from securos_trigger.ledger.entries import DeliveryNote, GapNote, Record, RunNote, TargetNote, span_of
from securos_trigger.ledger.journal_gap import STOOD_STILL
from securos_trigger.ledger.phrases import clock, day, seconds
from securos_trigger.system.timestamps import rfc3339

#: Gaps with one reason that are no further apart (seconds) are one.
_JOIN_S = 10.0

#: A service that runs writes a line at least that often (seconds) while frames come.
_BETWEEN_LINES_S = 0.5

#: Seconds whose lines may be lost when a service is killed: they are written behind.
_LOST_LINES_S = 10.0

#: A clock that is kept right by the network steps back by less than that (seconds).
_CLOCK_MAY_DIFFER_S = 2.0


class Why(StrEnum):
    """Why the ledger says nothing of a time."""

    #: Records were lost: `reason` says why.
    GAP = "gap"
    #: No service wrote it. Whether one ran is not known: it was killed, or could not write the ledger to its end.
    UNKNOWN = "unknown"
    #: The same, and no line before says that a service began: one of an older version writes no such lines.
    UNMARKED = "unmarked"
    #: No service ran.
    NOT_RUNNING = "not_running"
    #: No service runs: the last one was not stopped, its sources had come to their end.
    FINISHED = "finished"
    #: The service ran, and nothing of it did: its process was stopped, or it got no time of the machine.
    STOOD_STILL = "stood_still"
    #: A service began at an earlier time than the one before had written: the clock of the machine was put back.
    CLOCK_WENT_BACK = "clock_went_back"
    #: It begins later: older lines were removed, or it is new.
    BEFORE = "before"


#: Times that a service which runs then does not have.
_NO_SERVICE: Final = frozenset({Why.UNKNOWN, Why.UNMARKED, Why.NOT_RUNNING, Why.BEFORE})


@dataclass(frozen=True, slots=True)
class Silence:
    """A time of which the ledger says nothing, or not all. Unix seconds; `until_at_s` infinite: it lasts.

    `frames` decisions and `events_lost` lost events are missing, where that is known. `is_present`: it is what the
    running service cannot write now.
    """

    why: Why
    from_at_s: float
    until_at_s: float
    reason: str = ""
    frames: int = 0
    events_lost: int = 0
    is_present: bool = False

    @property
    def is_gap(self) -> bool:
        """True when it is known that records of this time were lost."""
        return self.why is Why.GAP

    def lies_in(self, from_at_s: float, until_at_s: float) -> bool:
        """True when it is in this time: a gap at all, another silence for longer than lies between two lines."""
        shared_s = min(self.until_at_s, until_at_s) - max(self.from_at_s, from_at_s)
        return shared_s >= (0.0 if self.why is Why.GAP else _BETWEEN_LINES_S)

    def is_kill_near(self, from_at_s: float, until_at_s: float) -> bool:
        """True when it begins in this time or soon after it, with a service that was killed: its last lines are lost.

        It may also be one that could not write its ledger to its end.
        """
        return self.why is Why.UNKNOWN and from_at_s <= self.from_at_s <= until_at_s + _LOST_LINES_S

    def to_json(self) -> dict[str, Any]:
        """Plain data: times in UTC, null where there is no end or no beginning."""
        return {
            "why": self.why.value,
            "from": rfc3339(self.from_at_s) if self.from_at_s > 0 else None,
            "until": rfc3339(self.until_at_s) if self.until_at_s < inf else None,
            "reason": self.reason,
            "frames": self.frames,
            "events_lost": self.events_lost,
        }

    def sentence(self) -> str:
        """One sentence, in local time."""
        match self.why:
            case Why.GAP:
                return f"The ledger has a gap {self._times()}: {self.lost()}."
            case Why.NOT_RUNNING if self.until_at_s == inf:
                return f"No service runs since {_moment(self.from_at_s)}."
            case Why.FINISHED:
                return f"The run ended at {_moment(self.from_at_s)}: its sources had come to their end."
            case Why.NOT_RUNNING:
                return f"No service ran {self._times()}."
            case Why.STOOD_STILL:
                return (
                    f"The service stood still {self._times()}: its process was stopped, or this machine was far too "
                    "busy. Nothing was read or decided then."
                )
            case Why.CLOCK_WENT_BACK:
                by = seconds(self.until_at_s - self.from_at_s)
                return (
                    f"The clock of this machine went back by at least {by} when a service began at "
                    f"{_moment(self.from_at_s)}: times from then to {self._until()} are shown as the clock had them, "
                    "of both services."
                )
            case Why.BEFORE:
                return f"The ledger begins at {_moment(self.until_at_s)}: what was before that is not known."
        if self.until_at_s == inf:
            return (
                f"The ledger was written until {_moment(self.from_at_s)}, and no service runs now. What was decided "
                "after that is not known."
            )
        if self.why is Why.UNMARKED:
            return f"The ledger was not written {self._times()}. Whether a service ran then is not known."
        return (
            f"The ledger was not written {self._times()}, when a service began again: the one before it was killed, or "
            "could not write it to its end. What was decided meanwhile is not known."
        )

    def lost(self) -> str:
        """What is missing, and why: `1,204 decisions were not kept, 31 events were lost, of all nodes …`."""
        parts = [f"{counted(self.frames, 'decision')} {_were(self.frames)} not kept"] if self.frames else []
        if self.events_lost:
            parts.append(f"{counted(self.events_lost, 'event')} {_were(self.events_lost)} lost")
        parts += ["of all nodes together"] if parts else []
        return f"{', '.join(parts) or 'some lines are missing'}, because of this: {printable(self.reason)}"

    def _times(self) -> str:
        if _moment(self.from_at_s) == _moment(self.until_at_s):
            return f"at {_moment(self.from_at_s)}"
        return f"from {_moment(self.from_at_s)} to {self._until()}"

    def _until(self) -> str:
        is_same_day = day(self.from_at_s) == day(self.until_at_s)
        return clock(self.until_at_s) if is_same_day else _moment(self.until_at_s)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _moment(at_s: float) -> str:
    return f"{day(at_s)}, {clock(at_s)}"


@dataclass(slots=True)
class Coverage:
    """Watches the records of a ledger, oldest line first, and knows of which times it says nothing."""

    _silences: list[Silence] = field(default_factory=list)
    _newest_at_s: float = -inf
    _clock_at_s: float = -inf  # the newest time that the clock of the machine had, not that of a camera
    _end: RunNote | None = None  # the newest record, if it is the end of a run
    _has_runs: bool = False  # a line said that a service began, or ended

    def watching(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records, each of which is taken."""
        for record in records:
            self._take(record)
            yield record

    def _take(self, record: Record) -> None:
        from_at_s, until_at_s = span_of(record)
        if self._newest_at_s == -inf:
            self._silences.append(Silence(Why.BEFORE, -inf, from_at_s))
        elif isinstance(record, RunNote) and not record.is_end and from_at_s < self._clock_at_s - _CLOCK_MAY_DIFFER_S:
            self._put_clock_back(from_at_s)
        elif isinstance(record, RunNote) and not record.is_end:
            unknown = Why.UNKNOWN if self._has_runs else Why.UNMARKED
            why = Why.NOT_RUNNING if self._end else unknown
            self._silences.append(Silence(why, self._newest_at_s, max(from_at_s, self._newest_at_s)))
        if isinstance(record, GapNote):
            self._add_gap(record)
        self._end = record if isinstance(record, RunNote) and record.is_end else None
        self._has_runs = self._has_runs or isinstance(record, RunNote)
        self._newest_at_s = max(self._newest_at_s, until_at_s)
        if isinstance(record, RunNote | DeliveryNote | TargetNote):
            self._clock_at_s = max(self._clock_at_s, until_at_s)

    def _put_clock_back(self, to_at_s: float) -> None:
        """Go on from an earlier time, of which no silence says any more that no service ran."""
        kept = [one for one in self._silences if one.why not in _NO_SERVICE or one.from_at_s < to_at_s]
        kept = [
            replace(one, until_at_s=min(one.until_at_s, to_at_s)) if one.why in _NO_SERVICE else one for one in kept
        ]
        self._silences = [*kept, Silence(Why.CLOCK_WENT_BACK, to_at_s, self._clock_at_s)]
        self._newest_at_s = self._clock_at_s = to_at_s

    def silences(self, *, is_running: bool, present_gap: GapNote | None) -> Iterable[Silence]:
        """All, oldest first. `present_gap` is what the running service could not write until now."""
        if is_running:
            if present_gap is not None:
                self._add_gap(present_gap)
                self._silences[-1] = replace(self._silences[-1], is_present=True)
        elif self._newest_at_s > -inf:
            is_finished = self._end is not None and self._end.is_finished
            why = Why.FINISHED if is_finished else Why.NOT_RUNNING if self._end else Why.UNKNOWN
            self._silences.append(Silence(why, self._newest_at_s, inf))
        return self._silences

    def _add_gap(self, note: GapNote) -> None:
        if note.reason == STOOD_STILL:
            self._silences.append(Silence(Why.STOOD_STILL, note.from_at_s, note.until_at_s))
            return
        made = Silence(Why.GAP, note.from_at_s, note.until_at_s, note.reason, note.frames, note.events_lost)
        last = self._silences[-1] if self._silences else None
        is_more = last is not None and last.is_gap and last.reason == made.reason
        if last is not None and is_more and last.until_at_s <= made.from_at_s <= last.until_at_s + _JOIN_S:
            frames, lost = last.frames + made.frames, last.events_lost + made.events_lost
            self._silences[-1] = replace(last, until_at_s=made.until_at_s, frames=frames, events_lost=lost)
        elif last is not None and _is_torn_line(last, made):
            self._silences[-1] = replace(made, from_at_s=last.from_at_s)
        else:
            self._silences.append(made)


def _is_torn_line(gap: Silence, after: Silence) -> bool:
    """Whether a gap is the line that was cut off when the one after it began, as on a full disk: it has no length."""
    has_counts = gap.frames or gap.events_lost
    is_instant = gap.is_gap and not has_counts and _moment(gap.from_at_s) == _moment(gap.until_at_s)
    return is_instant and 0 <= after.from_at_s - gap.until_at_s < _BETWEEN_LINES_S < after.until_at_s - after.from_at_s
