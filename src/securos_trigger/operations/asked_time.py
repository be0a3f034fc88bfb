"""The time that a person typed, by the clock of a zone: `14:03`, `yesterday 2:03pm`, `now`, a whole RFC 3339 time."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from datetime import datetime

from securos_trigger.errors import ArgumentError
from securos_trigger.ledger import Asked
from securos_trigger.ledger.phrases import zone_name
from securos_trigger.runtime.live_node import EXPLAIN_LAST_S

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([ap])\.?m\.?)?", re.IGNORECASE)
#: A whole time without seconds, which means its minute.
_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})?")
_DAY_WORD = re.compile(r"(today|yesterday)\s*(.*)", re.IGNORECASE)
_DAY = dt.timedelta(days=1)


def asked_time(
    at: str | None,
    date: str | None,
    *,
    now: datetime,
    around_s: float = 30.0,
    node: str = "",
    zone: dt.tzinfo | None = None,
    config: str = "CONFIG",
) -> Asked:
    """The time that is meant.

    `at` is `now` (the second before), `14:03` or `2:03pm` (that minute), `14:03:07` (that second), either of the two
    after `today` or `yesterday`, or a whole RFC 3339 time, which may name its zone and without seconds means its
    minute. What names no zone is of `zone` (None: that of this machine): of an hour that occurs twice it is the second,
    and one that does not occur is refused. Without `date` (`2026-11-22`, `yesterday`) it is the last time that the
    clock showed it. No `at`: the last ten minutes. `now` is the present moment (aware). ArgumentError: `at` or `date`
    cannot be used.
    """
    now_s = now.timestamp()
    if at is None:
        if date is not None:
            raise ArgumentError("date", "a date needs a time too, such as 14:03")
        return Asked(now_s - EXPLAIN_LAST_S, now_s, 0.0, node, is_summary=True, zone=zone, config=config)
    if at.strip().lower() == "now":
        _require_no_date(date)
        return Asked(now_s - 1.0, now_s, around_s, node, zone=zone, config=config)
    local = _Clock(zone, now)
    typed, date = _without_day(at, date)
    match = _TIME.fullmatch(typed)
    begin = _begin(typed, date, match, local)
    has_zone = match is None and datetime.fromisoformat(typed).tzinfo is not None
    has_seconds = _MINUTE.fullmatch(typed) is None if match is None else match[3] is not None
    if begin > now:
        raise ArgumentError("at", f"{local.said(begin)} is still to come: it is {local.said(now)} now")
    until_at_s = begin.timestamp() + (1.0 if has_seconds else 60.0)
    remark = "" if has_zone else local.remark(begin, is_day_typed=match is None or date is not None)
    return Asked(begin.timestamp(), until_at_s, around_s, node, remark=remark, zone=zone, config=config)


def _begin(typed: str, date: str | None, match: re.Match[str] | None, local: _Clock) -> datetime:
    try:
        return _whole_time(typed, date, local) if match is None else _time_of_day(match, date, local)
    except (OverflowError, ValueError):  # in another zone it is of the year 0 or 10000
        argument, what = ("at", typed) if date is None else ("date", date)
        raise ArgumentError(argument, f'"{what}" is at the edge of the calendar; type a day of this century') from None


def _without_day(at: str, date: str | None) -> tuple[str, str | None]:
    """The time and the date of `yesterday 14:03`."""
    match = _DAY_WORD.fullmatch(at.strip())
    if match is None:
        return at.strip(), date
    word = match[1].lower()
    if not match[2]:
        raise ArgumentError("at", f'"{word}" names a day only: add the time, as in --at "{word} 14:03"')
    _require_no_date(date)
    return match[2], word


def _require_no_date(date: str | None) -> None:
    if date is not None:
        raise ArgumentError("date", "the time has a date already")


def _time_of_day(match: re.Match[str], date: str | None, local: _Clock) -> datetime:
    try:
        clock = dt.time(_hour(match), int(match[2]), int(match[3] or 0))
    except ValueError:
        raise ArgumentError("at", f'"{match[0]}" is not a time of day; write 14:03 or 14:03:07') from None
    today = local.shown(local.now).date()
    if date is not None:
        return local.last_time(datetime.combine(_date(date, today), clock))
    begin = local.last_time(datetime.combine(today, clock))
    return begin if begin <= local.now else local.last_time(datetime.combine(today - _DAY, clock))


def _hour(match: re.Match[str]) -> int:
    """The hour from 0 to 23. ValueError: no clock with am and pm shows it."""
    hour = int(match[1])
    if match[4] is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if match[4].lower() == "p" else 0)


@dataclass(frozen=True, slots=True)
class _Clock:
    """The clock that times are typed by and said by: of `zone`, or of this machine (None)."""

    zone: dt.tzinfo | None
    now: datetime

    def shown(self, instant: datetime) -> datetime:
        """What the clock shows at this instant (aware), with its zone."""
        return instant.astimezone(self.zone)

    def said(self, instant: datetime) -> str:
        """The instant in words, with its zone."""
        shown = self.shown(instant)
        return f"{shown:%Y-%m-%d %H:%M:%S} ({zone_name(shown.timestamp(), self.zone)})"

    def times(self, shown: datetime) -> tuple[datetime, datetime]:
        """The first and the last instant at which the clock shows this."""
        if self.zone is None:
            return shown.replace(fold=0).astimezone(), shown.replace(fold=1).astimezone()
        first, second = (shown.replace(fold=fold, tzinfo=self.zone).astimezone(dt.UTC) for fold in (0, 1))
        return first.astimezone(self.zone), second.astimezone(self.zone)

    def last_time(self, shown: datetime) -> datetime:
        """The last time up to now that the clock showed this. ArgumentError: it was put forward over it."""
        first, second = self.times(shown)
        if first.replace(tzinfo=None, fold=0) != shown.replace(fold=0):
            where = "here" if self.zone is None else f"in {self.zone}"
            edge = self._edge(min(first, second), max(first, second))  # they stand on both sides of the gap
            raise ArgumentError(
                "at",
                f"{shown:%Y-%m-%d %H:%M:%S} does not exist {where}: the clock went from {edge[0]:%H:%M} to "
                f"{edge[1]:%H:%M}. Type a time before or after that",
            )
        return second if second <= self.now else first

    def remark(self, begin: datetime, *, is_day_typed: bool) -> str:
        """What to say about a time that the clock has shown twice, or that is not of today; empty for any other."""
        first, second = self.times(begin.replace(tzinfo=None))
        if first.timestamp() != second.timestamp() and second <= self.now:
            return f"The clock showed this time twice; this is the second. The first: `--at {first.isoformat()}`"
        if not is_day_typed and begin.date() != self.shown(self.now).date():
            return f"This is yesterday's: today it is {self.shown(self.now):%H:%M} only."
        return ""

    def _edge(self, before: datetime, after: datetime) -> tuple[datetime, datetime]:
        """The second at which the clock's offset changes between these instants, in the old and the new time."""
        low, high = int(before.timestamp()), int(after.timestamp())
        offset = before.utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if self._at(middle).utcoffset() == offset:
                low = middle
            else:
                high = middle
        return self._at(low) + dt.timedelta(seconds=1), self._at(high)

    def _at(self, at_s: float) -> datetime:
        return datetime.fromtimestamp(at_s, dt.UTC).astimezone(self.zone)


def _whole_time(typed: str, date: str | None, local: _Clock) -> datetime:
    try:
        begin = datetime.fromisoformat(typed)
    except ValueError:
        what = f'"{typed}" is not a time; type 14:03, 14:03:07 or 2026-11-22T14:03:07+01:00'
        raise ArgumentError("at", what) from None
    _require_no_date(date)
    return local.shown(begin) if begin.tzinfo is not None else local.last_time(begin)


def _date(typed: str, today: dt.date) -> dt.date:
    word = typed.strip().lower()
    if word in ("today", "yesterday"):
        return today if word == "today" else today - _DAY
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise ArgumentError("date", f'"{typed}" is not a date; type one like 2026-11-22') from None
