"""Shows the table to write where a source or a sink is only a path or a number, and where a setting belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from securos_trigger.errors import Mistake
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.validation.mistakes import ONE_TABLE
from securos_trigger.video.settings import STREAM_PROTOCOLS

_MOST_SHOWN = 60
_FIX_NO_PIPELINE = (
    "A [[pipelines]] has a name, a source and nodes (docs/configuration.md). `securos-trigger init` asks for them and "
    "writes the file."
)
_GUESS: Final = re.compile(r'^Did you mean "([^"]+)"\?')
_UNKNOWN: Final = "there is no such setting"
_NO_PIPELINE: Final = Mistake("pipelines", "is required and missing")
#: Tables of a pipeline that a person may write at the top.
_OF_PIPELINE: Final = ("source", "sink", "nodes")
#: Tables of the whole file that a person may write inside of another one.
TOP_TABLES: Final = ("identity", "outbox", "ledger", "metrics", "health", "console", "relay", "images")
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


def without_repeats(mistakes: Iterable[Mistake], raw: dict[str, Any]) -> list[Mistake]:
    """Each slip once: what follows from a misspelt name, as `[[pipeline]]`, is said with that name. `raw`: the file.

    That is what is missing because it stands below the misspelt name, and the table that `[[pipelines.nodes]]` makes
    where no `[[pipelines]]` stands above it.
    """
    found = list(dict.fromkeys(mistakes))
    if any(one.where in _OF_PIPELINE and one.what == _UNKNOWN for one in found):
        at_top = {one.where for one in found if one.where in _OF_PIPELINE}
        found = [one for one in found if one != _NO_PIPELINE and not _is_missing(one, at_top)]
    meant = {
        f"{_table_of(one)}.{guess[1]}": _names_in(raw.get(one.where))
        for one in found
        if one.what == _UNKNOWN and (guess := _GUESS.search(one.fix))
    }
    return [one for one in found if not _follows(one, meant)]


def _follows(mistake: Mistake, meant: Mapping[str, Iterable[str]]) -> bool:
    """Whether a mistake ends with that of a misspelt name. `meant`: what each such name means, and what is below it."""
    table, name = _table_of(mistake), _name_of(mistake)
    if mistake.what == ONE_TABLE:
        return f"{table}.{name}" in meant
    if mistake.what != "is required and missing":
        return False
    return f"{table}.{name}" in meant or name in meant.get("." + re.sub(r"\[\d+\]$", "", table), ())


def _is_missing(mistake: Mistake, at_top: set[str]) -> bool:
    """Whether a pipeline has no table of a name that stands at the top."""
    is_pipeline = re.fullmatch(r"pipelines\[\d+\]", _table_of(mistake)) is not None
    return is_pipeline and _name_of(mistake) in at_top and mistake.what == "is required and missing"


def _names_in(table: object) -> Iterable[str]:
    """The names in a table; none for a list of tables, each of which is whole."""
    return table if isinstance(table, dict) else ()


def _table_of(mistake: Mistake) -> str:
    return mistake.where.rpartition(".")[0]


def _name_of(mistake: Mistake) -> str:
    return mistake.where.rpartition(".")[2]


def with_right_place(mistake: Mistake) -> Mistake:
    """The mistake of a setting that is none of its table, and is one of another, with the place where it belongs."""
    table, _, name = mistake.where.rpartition(".")
    if mistake == _NO_PIPELINE:
        return Mistake("", "the file has no pipeline", _FIX_NO_PIPELINE)
    if mistake.what != _UNKNOWN:
        return mistake
    if mistake.where in _OF_PIPELINE:
        header = "[[pipelines.nodes]]" if name == "nodes" else f"[pipelines.{name}]"
        return replace(mistake, fix=f"It is part of a pipeline: write {header}, below [[pipelines]] with its name.")
    if table.endswith((".source", ".sink")) and name in ("source", "sink", "nodes"):
        head = f"[pipelines.{table.rpartition('.')[2]}]"
        return replace(mistake, fix=f"It is a table of the pipeline: write it above {head}, or as [pipelines.{name}].")
    if table and name in TOP_TABLES:
        fix = f"It is a table of the whole file: write [{name}] on a line of its own, and its settings below."
        return replace(mistake, fix=fix)
    if name == "name" and re.search(r"\.nodes\[\d+\]$", table):
        return replace(mistake, fix="The name of a node is its id: write id in place of name.")
    if name in _MUTED:
        fix = (
            "A mute is not a setting: `securos-trigger mute CONFIG NODE --for 2h`. enabled = false switches a node off."
        )
        return replace(mistake, fix=fix)
    is_in_pipeline = not table or table.startswith("pipelines[")
    if name in TriggerProperties.model_fields and name != "enabled" and is_in_pipeline:
        fix = 'It is a setting of a trigger node: write it below type = "trigger_securos_event".'
        return replace(mistake, fix=fix)
    return mistake
