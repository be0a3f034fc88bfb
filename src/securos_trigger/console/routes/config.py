"""The configuration: what it has, the schemas that forms are made from, and how it is changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException

from securos_trigger.console.access import Configures, InOtherTurn, InTurn, Looks, Person
from securos_trigger.console.audit_entry import MAX_DETAILS
from securos_trigger.console.bodies import Change, NameInPath, NewNode, NewPipeline, SourceChange
from securos_trigger.console.last_save import (
    PUT_BACK,
    PUT_BACK_OVER_MISTAKES,
    PUT_LAST_SAVE_BACK,
    last_change,
    last_save,
)
from securos_trigger.console.security.roles import Role
from securos_trigger.operations.config_view import config_view
from securos_trigger.operations.edit import ConfigEditor, PartChange, Saved
from securos_trigger.operations.in_force import in_force_changes, is_file_broken, put_in_force_back
from securos_trigger.operations.reload import reload_service
from securos_trigger.operations.schema import input_schemas, part_schemas
from securos_trigger.operations.undo_changes import file_state, puts_last_save_back, undo_changes

router = APIRouter(prefix="/api", tags=["configuration"])
#: Changes of one save that the audit log lists, and characters of each text of one: its entries are bounded.
_MOST_CHANGES = 10
_MOST_CHARACTERS = 121  # one more than the page shows of a value
IfMatch = Annotated[str, Header(alias="If-Match", max_length=100, description="The digest that was read, in quotes.")]


@router.get("/schema/nodes", dependencies=[InOtherTurn])
def show_schemas(person: Looks) -> dict[str, Any]:
    """JSON Schemas of the trigger node, and of every other node, source and sink by type."""
    return part_schemas()


@router.get("/schema/inputs", dependencies=[InOtherTurn])
def show_input_schemas(person: Looks) -> dict[str, Any]:
    """JSON Schemas of the sources that are inputs, by kind and way, and the kinds whose packages are missing."""
    return input_schemas()


@router.get("/config", dependencies=[InOtherTurn])
def show_config(person: Looks) -> dict[str, Any]:
    """The configuration file, part by part, without its secrets."""
    plan = person.console.plan
    return config_view(plan.config, plan.folders).to_json()


@router.put("/config/nodes/{pipeline}/{node}", dependencies=[InTurn])
def save_node(
    person: Configures, pipeline: NameInPath, node: NameInPath, body: Change, if_match: IfMatch
) -> dict[str, Any]:
    """Save other values for a node, and have the service take them."""
    change = PartChange(pipeline, node, body.values, body.removes)
    return _save(person, "save node", f"{pipeline}/{node}", change, if_match)


@router.put("/config/sources/{pipeline}", dependencies=[InTurn])
def save_source(person: Configures, pipeline: NameInPath, body: SourceChange, if_match: IfMatch) -> dict[str, Any]:
    """Save other values for the source of a pipeline, or another camera map, and have the service take them."""
    change = PartChange(pipeline, "", body.values, body.removes, cameras=body.cameras)
    return _save(person, "save source", pipeline, change, if_match)


@router.put("/config/sinks/{pipeline}", dependencies=[InTurn])
def save_sink(person: Configures, pipeline: NameInPath, body: Change, if_match: IfMatch) -> dict[str, Any]:
    """Save other values for the sink of a pipeline, and have the service take them."""
    change = PartChange(pipeline, "", body.values, body.removes, part="sink")
    return _save(person, "save sink", pipeline, change, if_match)


@router.put("/config/site", dependencies=[InTurn])
def save_site(person: Configures, body: Change, if_match: IfMatch) -> dict[str, Any]:
    """Save other values for settings of the whole site, and have the service take them."""
    details: dict[str, Any] = {"values": sorted(body.values), "removes": list(body.removes)}
    with person.audited("save site", "settings", details):
        return _noted(details, editor_of(person).change_site(body.values, body.removes, _digest(if_match)))


@router.post("/config/nodes/{pipeline}", dependencies=[InTurn])
def add_node(person: Configures, pipeline: NameInPath, body: NewNode, if_match: IfMatch) -> dict[str, Any]:
    """Save a new node of a pipeline."""
    details = {"type": _word(body.values.get("type")), "before": body.before, "receiver_of": body.receiver_of}
    with person.audited("add node", f"{pipeline}/{_word(body.values.get('id'))}", details):
        editor, digest = editor_of(person), _digest(if_match)
        return _noted(details, editor.add_node(pipeline, body.values, body.before, digest, body.receiver_of))


@router.delete("/config/nodes/{pipeline}/{node}", dependencies=[InTurn])
def remove_node(person: Configures, pipeline: NameInPath, node: NameInPath, if_match: IfMatch) -> dict[str, Any]:
    """Save the pipeline without a node."""
    details: dict[str, Any] = {}
    with person.audited("remove node", f"{pipeline}/{node}", details):
        return _noted(details, editor_of(person).remove_node(pipeline, node, _digest(if_match)))


@router.post("/pipelines", dependencies=[InTurn])
def add_pipeline(person: Configures, body: NewPipeline, if_match: IfMatch) -> dict[str, Any]:
    """Save a new pipeline, and have the service start it."""
    details = {"source": _word(body.source.get("type")), "receiver_of": body.receiver_of}
    with person.audited("add pipeline", body.name, details):
        editor, parts = editor_of(person), (body.name, body.source, body.nodes)
        return _noted(details, editor.add_pipeline(*parts, _digest(if_match), body.cameras, body.receiver_of))


@router.delete("/pipelines/{pipeline}", dependencies=[InTurn])
def remove_pipeline(person: Configures, pipeline: NameInPath, if_match: IfMatch) -> dict[str, Any]:
    """Save the file without a pipeline, and have the service stop it. Events that wait are still delivered."""
    details: dict[str, Any] = {}
    with person.audited("remove pipeline", pipeline, details):
        return _noted(details, editor_of(person).remove_pipeline(pipeline, _digest(if_match)))


@router.get("/config/last-change", dependencies=[InOtherTurn])
def show_last_change(person: Configures) -> dict[str, Any]:
    """Who made the file what it is now, and when; `user` null: it was changed outside of this console."""
    own = person.console
    state, under_way = file_state(own.config), list(own.under_way)  # before the audit log, which has it then
    return dict(last_change(own.audit.entries(), under_way, **asdict(state)))


@router.get("/config/undo", dependencies=[InOtherTurn])
def show_undo(person: Looks) -> dict[str, Any]:
    """What an undo would change, which save it takes back, and whether it is a redo, which puts the save in again.

    `changes` and `save` are for the role `configure`, as the audit log is.
    """
    save, is_redo = last_save(person.console.audit.entries())
    config, may_know = person.console.config, person.role.may(Role.CONFIGURE)
    return {
        "changes": undo_changes(config) if may_know else None,
        "save": save if may_know else None,
        "is_redo": is_redo,
        "puts_last_save_back": puts_last_save_back(config),
    }


@router.post("/config/undo", dependencies=[InTurn])
def undo(person: Configures, if_match: IfMatch) -> dict[str, Any]:
    """Go back to the text before the last save; a second time takes that back. A broken file: to the last save."""
    action = PUT_LAST_SAVE_BACK if puts_last_save_back(person.console.config) else "undo"
    details: dict[str, Any] = {}
    with person.audited(action, str(person.console.config), details):
        return _noted(details, editor_of(person).undo(_digest(if_match)))


@router.get("/config/in-force", dependencies=[InTurn])
def show_in_force(person: Looks) -> dict[str, Any]:
    """What it would change to put back what the service runs with. It asks the service, which may be slow to answer."""
    return {"in_force": in_force_changes(person.console.config)}


@router.post("/config/in-force", dependencies=[InTurn])
def put_back_what_is_in_force(person: Configures, if_match: IfMatch) -> dict[str, Any]:
    """Put the text that the service runs with back over the file. What was in the file stays beside it."""
    action = PUT_BACK_OVER_MISTAKES if is_file_broken(person.console.config) else PUT_BACK
    details: dict[str, Any] = {}
    with person.audited(action, str(person.console.config), details):
        return _noted(details, put_in_force_back(person.console.config, _digest(if_match)))


@router.post("/config/reload", dependencies=[InTurn])
def reload(person: Configures) -> dict[str, Any]:
    """Have the service take the file as it is now, as after a change by hand."""
    with person.audited("reload", str(person.console.config)):
        found = reload_service(person.console.config)
        return {"reload": found.to_json() if found.is_running else None}


def editor_of(person: Person) -> ConfigEditor:
    """What changes the configuration of this console."""
    plan = person.console.plan
    return ConfigEditor(plan.config, plan.folders)


def _save(person: Person, action: str, subject: str, change: PartChange, if_match: str) -> dict[str, Any]:
    details: dict[str, Any] = {"values": sorted(change.values), "removes": list(change.removes)}
    if change.cameras is not None:
        details["cameras"] = dict(change.cameras)
    with person.audited(action, subject, details):
        return _noted(details, editor_of(person).change(change, _digest(if_match)))


def _noted(details: dict[str, Any], saved: Saved) -> dict[str, Any]:
    """The answer to a save. The details that the audit log gets: its first changes, how many, and why not in force."""
    if saved.reloaded is not None and not saved.reloaded.is_done:
        details["not_in_force"] = saved.reloaded.reason.partition("\n")[0][:300]
    if not saved.is_written:
        details["changed"] = 0
    elif saved.changes is not None:
        shown = [{key: _shortened(text) for key, text in one.items()} for one in saved.changes[:_MOST_CHANGES]]
        details |= {"changes": shown, "changes_count": len(saved.changes)}
        while shown and len(json.dumps(details)) > MAX_DETAILS:
            shown.pop()
    return saved.to_json()


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _digest(if_match: str) -> str:
    """The digest in an If-Match header. 412: the header names none."""
    digest = if_match.strip().removeprefix("W/").strip('"')
    if not digest or digest == "*":
        raise HTTPException(412, "If-Match needs the digest of the configuration that was read.")
    return digest


def _word(value: object) -> str:
    return value[:100] if isinstance(value, str) else ""
