"""The delivery that an event of the outbox waits for: that before it in the lane of one of its cameras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from securos_trigger.operations.outbox import Row, list_rows

#: How many of the oldest deliveries of a receiver are looked at, in each state.
_LOOKED_AT = 500
_WAITING = ("waiting", "sending")


def rows_ahead(outbox: Path, rows: Sequence[Row]) -> Mapping[int, Row]:
    """By number, for the rows that wait and were not tried: that which was tried and holds up the same camera.

    What is first for each of its cameras waits for nothing. OutboxError: the outbox cannot be asked.
    """
    untried = [row for row in rows if row["state"] in _WAITING and not row["reason"] and _is_held_up(row)]
    found: dict[int, Row] = {}
    for target in dict.fromkeys(row["target"] for row in untried):
        older = [
            row
            for state in _WAITING
            for row in list_rows(outbox, state=state, target=target, limit=_LOOKED_AT).rows
            if row["reason"]
        ]
        for row in untried:
            if row["target"] == target and (ahead := _ahead_of(row, older)):
                found[row["number"]] = ahead
    return found


def _is_held_up(row: Row) -> bool:
    """A service of an older version does not say it."""
    return bool(row.get("lanes_ahead", 1))


def _ahead_of(row: Row, older: Sequence[Row]) -> Row | None:
    """The oldest of these that stands before the row in one of its lanes."""
    lanes = _lanes(row)
    return next((one for one in older if one["number"] < row["number"] and lanes & _lanes(one)), None)


def _lanes(row: Row) -> set[str]:
    """The cameras whose order the row still holds up; a service of an older version does not say which it has done.

    Events without a camera share one lane.
    """
    held = row.get("lanes")
    return set(row["camera_ids"] or [""]) if held is None else set(held)
