"""Times as people write them here (local, with the zone said), lengths of time, and text that can be printed."""

from __future__ import annotations

from datetime import datetime

from securos_trigger.system.timestamps import utc


def local(at_s: float) -> datetime:
    """The moment (Unix seconds) in the zone of this machine."""
    return utc(at_s).astimezone()


def clock(at_s: float) -> str:
    """The time of day, to the hundredth of a second unless it is a whole one."""
    moment = local(round(at_s, 2))
    return moment.strftime("%H:%M:%S") + (f".{moment.microsecond // 10_000:02}" if moment.microsecond else "")


def day(at_s: float) -> str:
    """The date: `Sunday 22 November 2026`."""
    moment = local(at_s)
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def zone_name(at_s: float) -> str:
    """The zone at that moment: `CET, UTC+01:00`."""
    moment = local(at_s)
    offset = moment.strftime("%z")
    return f"{moment.tzname()}, UTC{offset[:3]}:{offset[3:5]}"


def seconds(length_s: float) -> str:
    """A length of time, exact where it is short and readable where it is long."""
    if length_s < 10:
        return f"{length_s:.2f} s"
    if length_s < 120:
        return f"{length_s:.0f} s"
    if length_s < 7200:
        return f"{length_s / 60:.0f} minutes"
    return f"{length_s / 3600:.0f} hours" if length_s < 172_800 else f"{length_s / 86_400:.0f} days"
