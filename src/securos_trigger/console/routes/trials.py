"""Try a change before it is saved: check it, preview its texts, send a test event, replay a recording."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, HTTPException

from securos_trigger.console.access import Configures, InOtherTurn, InReplayTurn, InTurn, Looks, Operates, Person
from securos_trigger.console.bodies import CheckedChange, NodeChange, ReplayChange, TriedSource
from securos_trigger.console.routes.config import editor_of
from securos_trigger.console.routes.query import Name
from securos_trigger.console.security.roles import Role
from securos_trigger.errors import NotFoundError, OutboxError
from securos_trigger.operations.edit import PartChange
from securos_trigger.operations.frames import ShownFrame
from securos_trigger.operations.marked_event import send_marked_event
from securos_trigger.operations.replay_change import recordings_for, replay_change
from securos_trigger.operations.source_trial import tried_address, try_changed_source, try_new_source
from securos_trigger.operations.trial import check_change, check_removal, preview

router = APIRouter(prefix="/api", tags=["trials"])


@router.post("/config/check", dependencies=[InTurn])
def check_draft(person: Operates, body: CheckedChange) -> dict[str, Any]:
    """Check a change: its mistakes and warnings, and what its trigger says on the newest frame."""
    if body.is_removed:
        return check_removal(editor_of(person), body.pipeline, body.node)
    change = replace(_change(body), part=body.part, cameras=body.cameras)
    return check_change(editor_of(person), change, _frame(person, body.pipeline))


@router.post("/config/preview", dependencies=[InTurn])
def preview_draft(person: Operates, body: NodeChange) -> dict[str, Any]:
    """The texts of a node with a change, on the newest frame."""
    return preview(editor_of(person), _change(body), _frame(person, body.pipeline))


@router.post("/test-event", dependencies=[InTurn])
def send_test_event(person: Operates, body: NodeChange) -> dict[str, Any]:
    """Send an event that says it is a test. With values that are not saved, the role configure is needed."""
    if (body.values or body.removes) and not person.role.may(Role.CONFIGURE):
        raise HTTPException(403, "Values that are not saved need the role configure.")
    with person.audited("send test event", f"{body.pipeline}/{body.node}", {"values": sorted(body.values)}):
        return send_marked_event(editor_of(person), _change(body), _frame(person, body.pipeline))


@router.post("/sources/try", dependencies=[InTurn])
def try_source(person: Configures, body: TriedSource) -> dict[str, Any]:
    """Open a source that is not saved, and see whether something comes. Takes seconds."""
    with person.audited("try source", body.pipeline or "a new pipeline", tried_address(body.values), is_change=False):
        if not body.pipeline:
            return try_new_source(editor_of(person), body.values, body.cameras or {})
        change = PartChange(body.pipeline, values=body.values, removes=body.removes, cameras=body.cameras)
        return try_changed_source(editor_of(person), change)


@router.get("/recordings", dependencies=[InOtherTurn])
def list_recordings(person: Looks, pipeline: Name = "") -> dict[str, Any]:
    """The recordings in the folders of the console, and which of them are of a pipeline."""
    return {"recordings": recordings_for(editor_of(person), pipeline)}


@router.post("/replay", dependencies=[InReplayTurn])
def replay_recording(person: Operates, body: ReplayChange) -> dict[str, Any]:
    """What a change adds and loses on a recording."""
    return replay_change(editor_of(person), _change(body), body.recording)


def _change(body: NodeChange) -> PartChange:
    return PartChange(body.pipeline, body.node, body.values, body.removes)


def _frame(person: Person, pipeline: str) -> ShownFrame | None:
    """The newest frame; None where there is none now, so that the rest can still be said."""
    try:
        return person.console.frames.frame(pipeline, "")
    except (NotFoundError, OutboxError):
        return None
