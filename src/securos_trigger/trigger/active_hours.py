"""The hours of the week in which a trigger node may fire, as a person writes them: `mon-fri 22:00-06:00`.

A time is active when the clock of the zone shows it. So an hour that the clock shows twice, when daylight saving ends,
counts both times, and one that it leaves out does not come.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from securos_trigger.errors.suggestions import nearest
from securos_trigger.system.timestamps import is_of_a_frame
from securos_trigger.validation.mistakes import custom_mistake

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_MINUTES: Final = 24 * 60
_WEEK_MINUTES: Final = 7 * _DAY_MINUTES
_EXAMPLE: Final = '"mon-fri 22:00-06:00"'

_RANGE = re.compile(r"(?:(?P<days>\D*?)\s+)?(?P<begin>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})")
_SEVERAL = re.compile(r"\d\s*-\s*\d[\d:]*\s*[,;]")
_DASHES = str.maketrans("–—‒−", "----")
# Every offset of a zone changes at a quarter of an hour, so local time goes on evenly within one.
_QUARTER = timedelta(minutes=15)
_QUARTERS_IN_NINE_DAYS: Final = 9 * 24 * 4


def minutes_of(text: str) -> Iterator[int]:
    """Every minute of the week (0: Monday, 00:00) in a range. Raises a `custom_mistake` that says what to write."""
    match = _RANGE.fullmatch(text.translate(_DASHES).strip())
    if match is None:
        raise custom_mistake(f'"{text[:60]}" is not a range of hours', _fix_of(text))
    begin, end = _minute_of(match["begin"], text), _minute_of(match["end"], text, is_end=True)
    if begin == end:
        days = f"{match['days']} " if match["days"] else ""
        raise custom_mistake(
            f'"{text[:60]}" begins and ends at the same time', f'Write "{days}00:00-24:00" for whole days.'
        )
    length = (end - begin) % _DAY_MINUTES or _DAY_MINUTES
    for day in _days_of(match["days"] or "mon-sun", text):
        first = day * _DAY_MINUTES + begin
        yield from (minute % _WEEK_MINUTES for minute in range(first, first + length))


def _fix_of(text: str) -> str:
    if _SEVERAL.search(text):
        return f'Write each range as a text of its own: active_hours = [{_EXAMPLE}, "sat 00:00-24:00"].'
    if re.search(r"\d\s*[ap]\.?m\b", text, re.IGNORECASE):
        return f"Write hours from 00:00 to 24:00, without am and pm: {_EXAMPLE}."
    if _RANGE.fullmatch(with_colons := re.sub(r"(\d)[.h](\d)", r"\1:\2", text)):
        return f'Write "{with_colons}".'
    if re.search(r"\d", text) is None:
        return f'Add the hours, for whole days "{text.strip()[:40] or "sat-sun"} 00:00-24:00".'
    return f'Write days, begin and end, such as {_EXAMPLE}, or "22:00-06:00" for every day.'


def _minute_of(clock: str, text: str, *, is_end: bool = False) -> int:
    hour, minute = map(int, clock.split(":"))
    if minute > 59 or hour > 24 or (hour == 24 and (minute or not is_end)):
        fix = "Hours go from 00:00 to 23:59; a range may end at 24:00."
        raise custom_mistake(f'"{text[:60]}": {clock} is not a time of day', fix)
    return hour * 60 + minute


def _days_of(words: str, text: str) -> Iterator[int]:
    for part in words.lower().split(","):
        first, dash, last = part.strip().partition("-")
        begin = _day_of(first, text)
        end = _day_of(last, text) if dash else begin
        yield from ((begin + ahead) % 7 for ahead in range((end - begin) % 7 + 1))


def _day_of(word: str, text: str) -> int:
    word = word.strip()
    for names in (DAYS, _FULL_DAYS):
        if word in names:
            return names.index(word)
    fix = f"Days: {', '.join(DAYS)}."
    if guess := nearest(word, (*DAYS, *_FULL_DAYS)):
        fix = f'{fix} Did you mean "{guess}"?'
    raise custom_mistake(f'"{text[:60]}": "{word[:20]}" is not a day', fix)


def _checked(value: object) -> object:
    """The property as it was written, once every range in it can be read."""
    if isinstance(value, str):
        written = value if value.strip() else "mon-fri 22:00-06:00"
        for _ in minutes_of(written):  # a mistake in the range says how to write the list, too
            break
        raise custom_mistake("a list of ranges is expected, and this is a text", f'Write active_hours = ["{written}"].')
    if not isinstance(value, list):
        return value
    if not value:
        raise custom_mistake("is an empty list", "Leave it out for always; enabled = false switches the node off.")
    found = [mistake for text in value if isinstance(text, str) and (mistake := _mistake_in(text)) is not None]
    if len(found) > 1:
        sentences, fixes = ([str((one.context or {})[part]) for one in found] for part in ("what", "fix"))
        raise custom_mistake("; ".join(dict.fromkeys(sentences)), " ".join(dict.fromkeys(fixes)))
    if found:
        raise found[0]
    return value


def _mistake_in(text: str) -> PydanticCustomError | None:
    try:
        list(minutes_of(text))
    except PydanticCustomError as mistake:
        return mistake
    return None


#: The type of the property `active_hours`.
ActiveHoursList = Annotated[list[str] | None, BeforeValidator(_checked)]


class ActiveHours:
    """The active minutes of a week in a time zone. None as `zone`: the zone of the system."""

    def __init__(self, ranges: Iterable[str], zone: tzinfo | None) -> None:
        self._zone = zone
        active = bytearray(_WEEK_MINUTES)
        for text in ranges:
            for minute in minutes_of(text):
                active[minute] = 1
        self._active = bytes(active)

    def is_active(self, captured_at: datetime) -> bool:
        """True when the clock of the zone shows an active time. A wall clock that cannot be one is active."""
        return not is_of_a_frame(captured_at) or self._active[self._minute(captured_at)] == 1

    def next_active_at(self, captured_at: datetime) -> datetime:
        """The next instant, a whole minute after `captured_at`, that is active; in UTC."""
        at = captured_at.astimezone(UTC)
        quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
        for _ in range(_QUARTERS_IN_NINE_DAYS):
            first = self._minute(quarter)
            for ahead in range(15):
                instant = quarter + timedelta(minutes=ahead)
                if instant > at and self._active[(first + ahead) % _WEEK_MINUTES]:
                    return instant
            quarter += _QUARTER
        return quarter  # not reached: a week has an active minute, and no change of a clock hides a week

    def _minute(self, instant: datetime) -> int:
        local = instant.astimezone(self._zone)
        return local.weekday() * _DAY_MINUTES + local.hour * 60 + local.minute


def zone_of(name: str) -> tzinfo | None:
    """The time zone of this name; None, for the zone of the system, when it is empty. `custom_mistake`: unknown."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # KeyError: ZoneInfoNotFoundError
        raise custom_mistake(f'there is no time zone "{name[:60]}"', _zone_fix(name)) from None


def _zone_fix(name: str) -> str:
    known = [zone for zone in sorted(available_timezones()) if "/" in zone and not zone.startswith("Etc/")]
    by_word = {zone.rpartition("/")[2].lower(): zone for zone in known} | {zone.lower(): zone for zone in known}
    if close := difflib.get_close_matches(name.strip().lower().replace(" ", "_"), by_word, n=1, cutoff=0.8):
        return f'Did you mean "{by_word[close[0]]}"?'
    return 'Write a name of the time zone database, such as "Europe/Berlin" or "UTC".'


def checked_zone(value: Any) -> Any:
    """The setting `time_zone` as it was written, once the zone is known."""
    if isinstance(value, str):
        zone_of(value)
    return value
