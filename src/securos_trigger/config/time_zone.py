"""The setting `time_zone`: where it stands, and whether active hours need it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from securos_trigger.config.agreement import Numbered, triggers_of
from securos_trigger.errors import Mistake
from securos_trigger.trigger.active_hours import zone_of
from securos_trigger.validation.mistakes import mistakes_at

_FIX = 'Write time_zone = "Europe/Berlin", or your own zone, at the top of the file, above the first table.'


def with_place_of_time_zone(mistake: Mistake) -> Mistake:
    """Say where `time_zone` belongs, for one that stands in a table."""
    is_misplaced = mistake.where.endswith(".time_zone") and mistake.what == "there is no such setting"
    return replace(mistake, what="time_zone is not a setting of this table", fix=_FIX) if is_misplaced else mistake


def time_zone_warnings(time_zone: str, pipelines: Numbered) -> list[Mistake]:
    """Warn of active hours in the zone of a system that has none: a container, a server on UTC."""
    if time_zone or datetime.now().astimezone().tzname() != "UTC":
        return []
    return [
        Mistake(f"{where}.active_hours", "these hours are in the time zone of this machine, which is UTC", _FIX)
        for where, trigger in triggers_of(pipelines)
        if trigger.properties.active_hours is not None
    ]


def require_zone(name: str, where: str) -> None:
    """ConfigurationError when there is no time zone of this name. Empty: the system's."""
    with mistakes_at(where):
        zone_of(name)
