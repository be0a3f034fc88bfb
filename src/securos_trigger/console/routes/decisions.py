"""Why nodes fired, and why not: a timeline, and one moment explained."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from securos_trigger.console.access import InTurn, Looks
from securos_trigger.console.routes.query import Instant, Name
from securos_trigger.operations.decisions import timeline
from securos_trigger.operations.explain import explain

router = APIRouter(prefix="/api/decisions", tags=["decisions"], dependencies=[InTurn])
_HOUR = timedelta(hours=1)


@router.get("")
def show_timeline(
    person: Looks,
    pipeline: Name = "",
    node: Name = "",
    since: Annotated[Instant, Query(alias="from")] = None,
    until: Annotated[Instant, Query(alias="to")] = None,
) -> dict[str, Any]:
    """What the nodes decided; by default in the last hour."""
    end = until or (datetime.now().astimezone() if since is None else since + _HOUR)
    return timeline(person.console.config, since or end - _HOUR, end, pipeline=pipeline, node=node)


@router.get("/explain")
def explain_moment(
    person: Looks,
    at: Annotated[str | None, Query(max_length=100)] = None,
    date: Annotated[str | None, Query(max_length=100)] = None,
    node: Name = "",
    around_s: Annotated[float, Query(ge=0, le=3600, allow_inf_nan=False)] = 30,
    zone: Annotated[str, Query(max_length=100)] = "",
    utc_offset_min: Annotated[int | None, Query(gt=-1440, lt=1440)] = None,
) -> dict[str, Any]:
    """Why nodes fired at a time, or why not, as `securos-trigger explain`.

    Times are typed and said in `zone`, such as `Europe/Berlin`, or at this offset where this machine does not know it;
    without both, in that of the service.
    """
    now = datetime.now().astimezone()
    found = explain(
        person.console.config, now=now, at=at, date=date, node=node, around_s=around_s, zone=_zone(zone, utc_offset_min)
    )
    return {"text": str(found.answer), **found.to_json()}


def _zone(name: str, utc_offset_min: int | None) -> tzinfo | None:
    """The zone of a browser; None: it has not said one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # KeyError: this machine does not know it
        return None if utc_offset_min is None else timezone(timedelta(minutes=utc_offset_min))
