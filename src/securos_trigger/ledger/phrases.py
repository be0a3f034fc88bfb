"""Times as people write them here (with the zone said), lengths of time, and lines that fit a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo
from typing import Final

from securos_trigger.system.timestamps import utc

_WIDTH: Final = 80
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_LENGTH: Final = re.compile(r"(?<=\d) (?=s\b)")
_zone: ContextVar[tzinfo | None] = ContextVar("zone", default=None)
_has_days: ContextVar[bool] = ContextVar("has_days", default=False)


@contextmanager
def said_in(zone: tzinfo | None, from_at_s: float, until_at_s: float) -> Iterator[None]:
    """Say times in this zone meanwhile; None: in that of this machine. `when` says days if these two differ in it."""
    token = _zone.set(zone)
    token_of_days = _has_days.set(day(from_at_s) != day(until_at_s))
    try:
        yield
    finally:
        _has_days.reset(token_of_days)
        _zone.reset(token)


def local(at_s: float) -> datetime:
    """The moment (Unix seconds) in the zone that times are said in."""
    return utc(at_s).astimezone(_zone.get())


def clock(at_s: float) -> str:
    """The time of day, to the hundredth of a second unless it is a whole one."""
    moment = local(round(at_s, 2))
    return moment.strftime("%H:%M:%S") + (f".{moment.microsecond // 10_000:02}" if moment.microsecond else "")


def day(at_s: float) -> str:
    """The date: `Sunday 22 November 2026`."""
    moment = local(at_s)
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def instant(at_s: float, near_s: float) -> str:
    """The time of day, and its date where that is another one than at `near_s`."""
    return clock(at_s) if day(at_s) == day(near_s) else f"{day(at_s)}, {clock(at_s)}"


def when(at_s: float) -> str:
    """The time of day, with a short date where the answer is about more than one day: `Sun 22 Nov 14:03:07`."""
    moment = local(round(at_s, 2))
    return f"{moment:%a} {moment.day} {moment:%b} {clock(at_s)}" if _has_days.get() else clock(at_s)


def zone_name(at_s: float, zone: tzinfo | None = None) -> str:
    """The zone at that moment: `CET, UTC+01:00`; of `zone`, or else of that which times are said in."""
    moment = utc(at_s).astimezone(zone or _zone.get())
    offset, name = moment.strftime("%z"), moment.tzname() or ""
    ahead = f"UTC{offset[:3]}:{offset[3:5]}"
    if name == "UTC":
        return name
    return f"{name}, {ahead}" if name.isalpha() else ahead


def ask_command(at_s: float) -> str:
    """The command that asks about this second, in the zone that times are said in."""
    return f"`securos-trigger explain CONFIG --at {local(at_s):%Y-%m-%dT%H:%M:%S}`"


def with_last_frame(fix: str, at_s: float | None) -> str:
    """The fix; where it says to ask about an earlier time, with the command for the last frame, if there is one."""
    return fix if at_s is None else fix.replace("a time before that", f"the last frame: {ask_command(at_s)}")


def seconds(length_s: float) -> str:
    """A length of time, exact where it is short and readable where it is long."""
    if length_s < 10:
        return f"{length_s:.2f} s"
    if length_s < 120:
        return f"{length_s:.0f} s"
    if length_s < 7200:
        return f"{length_s / 60:.0f} minutes"
    return f"{length_s / 3600:.0f} hours" if length_s < 172_800 else f"{length_s / 86_400:.0f} days"


def fitting(line: str) -> list[str]:
    """The line as lines of at most 80 columns, indented below it. A command, a file, an address is not broken."""
    if len(line) <= _WIDTH:
        return [line]
    indent = len(line) - len(line.lstrip("> ")) + 2
    parts = line.split("`")
    whole = [
        part.replace(" ", _NO_BREAK) if number % 2 else _LENGTH.sub(_NO_BREAK, part)
        for number, part in enumerate(parts)
    ]
    return [
        piece.replace(_NO_BREAK, " ")
        for piece in textwrap.wrap(
            "`".join(whole), _WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
        )
    ]
