"""The configuration: what it has, and the schemas that forms are made from."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from securos_trigger.console.access import Looks
from securos_trigger.operations.config_view import config_view
from securos_trigger.operations.schema import part_schemas

router = APIRouter(prefix="/api", tags=["configuration"])


@router.get("/schema/nodes")
def show_schemas(person: Looks) -> dict[str, Any]:
    """JSON Schemas of the trigger node, and of every other node, source and sink by type."""
    return part_schemas()


@router.get("/config")
def show_config(person: Looks) -> dict[str, Any]:
    """The configuration file, part by part, without its secrets."""
    plan = person.console.plan
    return config_view(plan.config, plan.folders).to_json()
