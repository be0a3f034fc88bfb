"""The audit log."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from securos_trigger.console.access import Configures, InOtherTurn

router = APIRouter(prefix="/api", tags=["audit"], dependencies=[InOtherTurn])


@router.get("/audit")
def list_changes(person: Configures, cursor: Annotated[int | None, Query(ge=0, le=2**31)] = None) -> dict[str, Any]:
    """Who changed what, the newest first. `config` is the configuration of this console."""
    entries, older = person.console.audit.page(cursor)
    return {"entries": entries, "cursor": older, "config": person.console.audit.config}
