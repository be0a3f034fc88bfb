"""Shows the table to write where a source or a sink is only a path or a number, and where a setting belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from securos_trigger.errors import Mistake
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.video.settings import STREAM_PROTOCOLS

_MOST_SHOWN = 60
_FIX_NO_PIPELINE = (
    "A [[pipelines]] has a name, a source and nodes (docs/configuration.md). `securos-trigger init` asks for them and "
    "writes the file."
)
_MUTED = frozenset({"mute", "mutes", "muted"})


def with_table(mistake: Mistake, raw: dict[str, Any], where: str) -> Mistake:
    """The mistake of a pipeline (`raw`, at the place `where`) with the table that was meant; any other as it is."""
    for name in ("source", "sink"):
        given = raw.get(name)
        if mistake.where == f"{where}.{name}" and isinstance(given, str | int) and not isinstance(given, bool):
            kind = "text" if isinstance(given, str) else "number"
            table = _source(str(given)) if name == "source" else f'type = "file", path = "{given}"'
            what = f"a table is expected, and this is a {kind}"
            return Mistake(mistake.where, what, f"Write {name} = {{ {table} }}.")
    return mistake


def _source(given: str) -> str:
    scheme, colon, _ = given.partition("://")
    if colon:  # the rest of an address may hold a password
        kind = "stream" if scheme in STREAM_PROTOCOLS else "rtsp"
        return f'type = "{kind}", url = "{scheme[:20]}://…"'
    if given.isdecimal() or given.startswith("/dev/video"):
        device = f"/dev/video{given}" if given.isdecimal() else given
        return f'type = "usb", device = "{device[:_MOST_SHOWN]}"'
    return f'type = "file", path = "{given[:_MOST_SHOWN]}"'


def with_right_place(mistake: Mistake) -> Mistake:
    """The mistake of a setting that is none of its table, and is one of another, with the place where it belongs."""
    table, _, name = mistake.where.rpartition(".")
    if mistake == Mistake("pipelines", "is required and missing"):
        return Mistake("", "the file has no pipeline", _FIX_NO_PIPELINE)
    if mistake.what != "there is no such setting":
        return mistake
    if table.endswith((".source", ".sink")) and name in ("source", "sink", "nodes"):
        head = f"[pipelines.{table.rpartition('.')[2]}]"
        return replace(mistake, fix=f"It is a table of the pipeline: write it above {head}, or as [pipelines.{name}].")
    if name in _MUTED:
        fix = "A mute is no setting: `securos-trigger mute CONFIG NODE --for 2h`. enabled = false switches a node off."
        return replace(mistake, fix=fix)
    is_in_pipeline = not table or table.startswith("pipelines[")
    if name in TriggerProperties.model_fields and name != "enabled" and is_in_pipeline:
        fix = 'It is a setting of a trigger node: write it below type = "trigger_securos_event".'
        return replace(mistake, fix=fix)
    return mistake
