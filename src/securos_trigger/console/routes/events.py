"""Search events, show one, send one again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response

from securos_trigger.console.access import Configures, InTurn, Looks, Operates
from securos_trigger.console.bodies import DropDead, DropUnserved, MoveUnserved, Retry, RetryDead, State
from securos_trigger.console.refusals import called
from securos_trigger.console.routes.query import Instant, Name
from securos_trigger.operations.events import (
    EventFilter,
    curl_command,
    event_image,
    retry_event,
    search_events,
    show_event,
)
from securos_trigger.operations.outbox import RowChoice, drop_rows, outbox_of, retry_rows
from securos_trigger.operations.placed_here import require_own_outbox
from securos_trigger.operations.unserved import drop_unserved, movable_to, move_rows

router = APIRouter(prefix="/api", tags=["events"], dependencies=[InTurn])
#: Ids of one choice that the audit log lists.
_MOST_IDS = 3
Word = Annotated[str, Query(max_length=200)]
Cursor = Annotated[int | None, Query(ge=0, le=2**63 - 1)]
Number = Annotated[int, Path(ge=0, le=2**63 - 1)]


@router.get("/events")
def list_events(
    person: Looks,
    camera: Word = "",
    node: Word = "",
    text: Word = "",
    state: State = "",
    target: Word = "",
    since: Instant = None,
    until: Instant = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Events, the newest first."""
    require_own_outbox(person.console.config)
    times: tuple[datetime | None, datetime | None] = (since, until)
    wanted = EventFilter(camera, node, text, state, target, *times, cursor=cursor, limit=limit)
    return search_events(person.console.config, wanted).to_json()


@router.get("/events/{number}")
def get_event(person: Looks, number: Number) -> dict[str, Any]:
    """Everything about one event."""
    return show_event(person.console.config, number)


@router.post("/events/{number}/retry")
def send_event_again(person: Operates, number: Number, body: Retry) -> dict[str, Any]:
    """Send an event that was given up again, perhaps to other cameras. It gets a new `number`, unless it is damaged."""
    details: dict[str, Any] = {"cameras": dict(body.cameras)}
    with person.audited("retry event", str(number), details):
        changed, new_number = retry_event(person.console.config, number, body.cameras)
        details["changed"] = changed.changed
        return {"changed": changed.changed, "number": new_number, "left": len(changed.left)}


@router.get("/events/{number}/curl")
def get_curl(person: Looks, number: Number) -> dict[str, str]:
    """The event as a command for a terminal, without the secret."""
    return {"command": curl_command(person.console.config, number)}


@router.get("/events/{number}/image.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def get_event_image(person: Looks, number: Number) -> Response:
    """The image of the moment."""
    jpeg = event_image(person.console.config, number)
    if jpeg is None:
        raise HTTPException(404, "There is no image of this event.")
    return Response(jpeg, media_type="image/jpeg")


@router.get("/dead")
def list_dead(person: Looks, target: Word = "", cursor: Cursor = None) -> dict[str, Any]:
    """Deliveries that were given up, the newest first."""
    require_own_outbox(person.console.config)
    page = search_events(person.console.config, EventFilter(state="dead", target=target, cursor=cursor))
    return {"rows": [dict(row) for row in page.rows], "cursor": page.cursor, "counts": dict(page.counts)}


@router.post("/dead/retry")
def retry_dead_letters(person: Operates, body: RetryDead) -> dict[str, int]:
    """Send deliveries that were given up again. `left` counts the damaged ones, which stay."""
    which = (tuple(body.ids), body.reason, body.target, body.is_everything, tuple(body.cameras.items()))
    choice = RowChoice(*which, is_exact_reason=body.is_exact_reason)
    with person.audited("retry dead letters", body.target, details := _chosen(body)):
        done = retry_rows(outbox_of(person.console.config), choice)
        details["changed"] = done.changed
        return {"changed": done.changed, "left": len(done.left)}


@router.post("/dead/drop")
def drop_dead_letters(person: Operates, body: DropDead) -> dict[str, int]:
    """Delete deliveries that were given up for good."""
    choice = RowChoice(tuple(body.ids), body.reason, body.target, is_exact_reason=bool(body.reason))
    with person.audited("drop dead letters", body.target, details := _chosen(body)):
        details["changed"] = drop_rows(outbox_of(person.console.config), "dead", choice).changed
        return {"changed": details["changed"]}


def _chosen(body: RetryDead | DropDead) -> dict[str, Any]:
    """What the audit log gets of a choice: of many ids their number."""
    details = body.model_dump(exclude_defaults=True)
    if len(ids := details.get("ids", [])) > _MOST_IDS:
        details |= {"ids": ids[:_MOST_IDS], "ids_count": len(ids)}
    return details


@router.post("/targets/drop")
def drop_waiting_events(person: Operates, body: DropUnserved) -> dict[str, int]:
    """Delete the events that wait for a receiver that no node sends to any more."""
    with person.audited("drop waiting events", body.target, details := dict[str, Any]()):
        details["changed"] = drop_unserved(person.console.config, body.target).changed
        return {"changed": details["changed"]}


@router.get("/targets/move")
def plan_move(person: Configures, target: Name) -> dict[str, Any]:
    """What `POST /targets/move` would move, and to which receivers it can."""
    plan, receivers = movable_to(person.console.config, target)
    return {"counts": dict(plan.counts), "is_more": sorted(plan.is_more), "receivers": receivers}


@router.post("/targets/move")
def move_events(person: Configures, body: MoveUnserved) -> dict[str, Any]:
    """Give the events of a receiver that no node sends to any more to the one that has its place."""
    details: dict[str, Any] = {"to": body.to}
    with person.audited("move events", body.target, details), called("new", "to"):
        done = move_rows(person.console.config, body.target, body.to)
        details["changed"] = sum(done.moved.values())
        what = {"moved": dict(done.moved), "already_there": done.already_there, "is_more": done.is_more}
        return {**what, "left": len(done.left)}
