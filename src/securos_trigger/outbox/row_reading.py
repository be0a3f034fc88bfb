"""Reads rows of the outbox: as a delivery, or for a person also where they are damaged."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from operator import itemgetter
from typing import Any, Final

from securos_trigger.model import Action, Box, Delivery
from securos_trigger.outbox.rows import Row, State

_TEXTS: Final = (
    *("target", "event_id", "node_id", "deployment_id", "name", "description"),
    *("reason", "box_color", "pipeline"),
)
_NUMBERS: Final = ("record_duration_s", "captured_at_s", "kept_at_s", "attempts", "retried_at_s", "due_at_s")
_texts_of: Final = itemgetter(*_TEXTS)
_numbers_of: Final = itemgetter(*_NUMBERS)
_ACTIONS: Final = frozenset(Action)
#: Half characters: bytes that are no UTF-8 are read as such, and no text that can be sent has one.
_HALF: Final = re.compile("[\ud800-\udfff]")


def delivery_of(row: sqlite3.Row) -> Delivery:
    """Read the delivery from a row, with the cameras that remain to be served. ValueError: it is damaged."""
    values = _by_column(row)
    if wrong := _wrong_values(values):
        name, value = next(iter(wrong.items()))
        raise ValueError(f"{name}: {str(value) if isinstance(value, Exception) else repr(value):.80}")
    return _delivery(values)


def row_of(row: sqlite3.Row) -> Row:
    """Read a whole row, for a person. What is damaged in it is left out."""
    try:
        return _row(row, delivery_of(row), "")
    except ValueError as error:
        values = _by_column(row)
        usable = {**values, **dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_NUMBERS, 0)}
        wrong = _wrong_values(values)
        usable |= {name: row[name] for name in (*_TEXTS, *_NUMBERS) if name not in wrong}
        for name, instead in _INSTEAD.items():
            if name in wrong:
                usable[name] = instead
        return _row(usable, _delivery(usable), str(error))


#: What stands for a damaged value that is neither a plain text nor a number.
_INSTEAD: Final[Mapping[str, Any]] = {
    "camera_ids": "[]",
    "remaining_camera_ids": None,
    "action": Action.EVENT.value,
    "settled_at_s": None,
}


def _by_column(row: sqlite3.Row) -> dict[str, Any]:
    """The values by column. The row itself would compare the name with those of its columns, one by one, each time."""
    return dict(zip(row.keys(), row, strict=True))


def _wrong_values(row: Mapping[str, Any]) -> dict[str, object]:
    """The values of a row that are damaged, or why, by column. The first one says what is wrong."""
    wrong: dict[str, object] = {}
    for name in ("camera_ids", "remaining_camera_ids"):
        if name == "camera_ids" or row[name] is not None:
            try:
                _cameras(row[name])
            except (TypeError, ValueError, RecursionError) as error:
                wrong[name] = error
    if not _is_plain(row):
        wrong |= {name: row[name] for name in _TEXTS if not _is_text(row[name])}
        wrong |= {name: row[name] for name in _NUMBERS if not _is_number(row[name])}
    if row["action"] not in _ACTIONS:
        wrong["action"] = row["action"]
    if row["settled_at_s"] is not None and not _is_number(row["settled_at_s"]):
        wrong["settled_at_s"] = row["settled_at_s"]
    return wrong


def _is_plain(row: Mapping[str, Any]) -> bool:
    """True: texts and numbers are right, seen at one look for each delivery. False: one of them may be damaged."""
    try:
        return _is_text("".join(_texts_of(row))) and isfinite(sum(_numbers_of(row)))
    except TypeError:
        return False


def _is_text(value: object) -> bool:
    """False also for bytes that are no UTF-8."""
    return isinstance(value, str) and (value.isascii() or _HALF.search(value) is None)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value)


@lru_cache(maxsize=1024)  # the same cameras stand in many rows
def _cameras(text: object) -> tuple[str, ...]:
    found = json.loads(text) if isinstance(text, str) else None
    if not isinstance(found, list) or not all(map(_is_text, found)):
        raise ValueError(f"no list of cameras: {text!r:.60}")
    return tuple(found)


def _row(row: sqlite3.Row | Mapping[str, Any], delivery: Delivery, unreadable: str) -> Row:
    instants = row["due_at_s"], row["settled_at_s"]
    texts = row["reason"], row["pipeline"], unreadable
    lanes = tuple(json.loads(row["lanes"])) if "lanes" in row.keys() else None  # noqa: SIM118  a row of SQLite has values
    return Row(delivery, State(row["standing"]), *instants, *texts, row["lanes_ahead"], lanes)


def _delivery(row: sqlite3.Row | Mapping[str, Any]) -> Delivery:
    remaining = row["remaining_camera_ids"]
    return Delivery(
        sequence=row["sequence"],
        target=row["target"],
        event_id=row["event_id"],
        node_id=row["node_id"],
        deployment_id=row["deployment_id"],
        name=row["name"],
        description=row["description"],
        camera_ids=_cameras(row["camera_ids"] if remaining is None else remaining),
        action=Action(row["action"]),
        record_duration_s=row["record_duration_s"],
        captured_at_s=row["captured_at_s"],
        kept_at_s=row["kept_at_s"],
        attempts=row["attempts"],
        retried_at_s=row["retried_at_s"],
        boxes=_boxes(row["boxes"]),
        box_color=row["box_color"],
    )


def _boxes(text: str) -> tuple[Box, ...]:
    """Read the boxes of a row. Those that cannot be read are left out: they must not cost the event."""
    try:
        found = tuple(Box(*map(float, sides)) for sides in json.loads(text)) if text else ()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return ()
    return tuple(box for box in found if all(0 <= side <= 1 for side in box))
