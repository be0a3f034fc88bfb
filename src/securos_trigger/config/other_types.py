"""Says of a setting that its table does not have to which type of source, node or sink it belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import BaseModel

from securos_trigger.errors import Mistake
from securos_trigger.video.settings import STREAM_PROTOCOLS

_UNKNOWN: Final = "there is no such setting"
_MISSING: Final = "is required and missing"
#: Settings of inputs, whose kinds share them.
_OF_INPUTS: Final = frozenset({"broker", "topics", "listen", "tokens"})
_AN_INPUT: Final = 'as type = "frigate" (docs/inputs/README.md)'
_Models = Mapping[str, type[BaseModel]]


def with_right_types(found: Sequence[Mistake], raw: Mapping[str, Any], where: str, models: _Models) -> list[Mistake]:
    """The mistakes of a source, a sink or a node (`raw`, at `where`), each unknown setting with the types that have it.

    A source whose settings are those of another type is one mistake: `type = "file"` with `url` and no `path`.
    """
    own = {one: _name(one, where) for one in found if one.what == _UNKNOWN and _name(one, where)}
    missing = [one for one in found if one.what == _MISSING and _name(one, where)]
    if missing and own and where.endswith((".source", ".sink")):
        names = list(own.values())
        if names == ["path"] and "://" in str(raw["path"]) and [_name(one, where) for one in missing] == ["url"]:
            what = f'"{raw["type"]}" does not fit path'
            others = [one for one in found if one not in own and one not in missing]
            return [Mistake(f"{where}.path", what, "It is an address: write url in place of path."), *others]
        fits = " or ".join(f'type = "{kind}"' for kind in _types_of(names, raw, models))
        if not fits and "rtsp" in models and set(names) <= _OF_INPUTS:
            fits = f"an input, {_AN_INPUT}"
        if fits:
            needed = ", ".join(_name(one, where) for one in missing)
            has = f'A {where.rpartition(".")[2]} of type "{raw["type"]}" needs {needed}.'
            what = f'"{raw["type"]}" does not fit {", ".join(own.values())}'
            others = [one for one in found if one not in own and one not in missing]
            return [Mistake(f"{where}.type", what, f"Did you mean {fits}? {has}"), *others]
    return [_with_owner(one, own[one], raw, models) if one in own else one for one in found]


def _name(mistake: Mistake, where: str) -> str:
    """The name of a setting that stands in the table itself; empty for one of a table below it."""
    table, _, name = mistake.where.rpartition(".")
    return name if table == where else ""


def _types_of(names: Sequence[str], raw: Mapping[str, Any], models: _Models) -> list[str]:
    """The types that have all these settings; of an address those that its scheme fits."""
    found = [kind for kind, model in models.items() if set(names) <= set(model.model_fields)]
    scheme, colon, _ = str(raw.get("url", "")).partition("://")
    if "url" in names and colon:
        fitting = "rtsp" if scheme in ("rtsp", "rtsps") else "stream" if scheme in STREAM_PROTOCOLS else ""
        return [kind for kind in found if kind == fitting]
    return found


def _with_owner(mistake: Mistake, name: str, raw: Mapping[str, Any], models: _Models) -> Mistake:
    """The mistake of an unknown setting with the types that have it, unless it is a known one that is misspelt."""
    if mistake.fix.startswith("Did you mean"):
        return mistake
    kinds = _types_of([name], raw, models)
    if raw.get("type") == "trigger_securos_event":  # its `condition` is its `trigger`
        kinds = [kind for kind in kinds if kind != "event"]
    if kinds:
        owners = " and ".join(f'type = "{kind}"' for kind in kinds)
        return replace(mistake, fix=f"It is a setting of {owners}.")
    if name in _OF_INPUTS and "rtsp" in models:
        return replace(mistake, fix=f"It is a setting of an input, {_AN_INPUT}.")
    return mistake
