"""The rows that an input has stored: of its lanes, of the objects of each, of itself, and of things."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from securos_trigger.inputs.lane_memory import KEPT_S

# Identities of rows that are no things: no source can name one, because theirs have no NUL at the start.
LANE: Final = "\0lane\0"
INPUT: Final = "\0input"
#: Version 0.2.0 began with rows of lanes and of the input only: what begins like INPUT it leaves alone.
LANE_OBJECT: Final = f"{INPUT}\0object\0"
_LANE_OBJECT_BEFORE: Final = "\0object\0"
#: Beyond every clock: the year 33,000.
_NO_INSTANT_S: Final = 1e12
_OF_A_THING: Final = ("is_live", "has_ended", "at", "heard_at", "compared", "keys")

_log = logging.getLogger("securos_trigger")

Stored = dict[str, Any]


@dataclass(slots=True)
class StoredRows:
    """Rows by what they are of. A damaged one is logged and left out."""

    input: Stored = field(default_factory=dict)
    lanes: dict[str, Stored] = field(default_factory=dict)
    things: list[tuple[str, Stored]] = field(default_factory=list)
    #: Names of rows that are to be removed.
    gone: list[str] = field(default_factory=list)
    #: Lanes whose objects are to be written again.
    rewritten: set[str] = field(default_factory=set)
    _objects: list[tuple[str, Stored]] = field(default_factory=list)

    @classmethod
    def of(cls, stored: Iterable[tuple[str, Stored]]) -> StoredRows:
        """The rows, each object in the `memory` of its lane, in the order in which they were last mentioned."""
        found = cls()
        for name, row in stored:
            found._sort_in(name, row)
        # What an older version has written since holds the objects itself: rows of objects are from before that.
        with_objects = {name for name, row in found.lanes.items() if "live" in row["memory"]}
        for name, row in sorted(found._objects, key=lambda one: float(one[1]["object"]["heard_at"])):
            lane = str(row["lane"])
            if lane in with_objects or lane not in found.lanes:
                found.gone.append(name)
                continue
            found.lanes[lane]["memory"].setdefault("live", {})[str(row["identity"])] = row["object"]
            if name.startswith(_LANE_OBJECT_BEFORE):
                found.gone.append(name)
                found.rewritten.add(lane)
        found.rewritten |= with_objects
        return found

    def drop_old_objects(self, lane: str, now: float) -> None:
        """Remove the objects of a lane that is not open which were not mentioned for a day (`now` in Unix seconds)."""
        live = self.lanes[lane]["memory"].get("live", {})
        for identity in [name for name, one in live.items() if now - float(one["heard_at"]) > KEPT_S]:
            del live[identity]
            self.gone.append(f"{LANE_OBJECT}{lane}\0{identity}")

    def _sort_in(self, name: str, row: Any) -> None:
        if not isinstance(row, dict):
            self._leave_out(name)
        elif name == INPUT:
            self.input = row
        elif name.startswith(LANE):
            self.lanes[name.removeprefix(LANE)] = _whole_lane(row)
        elif name.startswith((LANE_OBJECT, _LANE_OBJECT_BEFORE)):
            if isinstance(row.get("lane"), str) and "identity" in row and _is_object(row.get("object")):
                self._objects.append((name, row))
            else:
                self._leave_out(name)
        elif name.startswith(INPUT):
            pass  # of a later version
        elif _is_thing(row):
            self.things.append((name, row))
        else:
            self._leave_out(name)

    def _leave_out(self, name: str) -> None:
        _log.warning("A stored row of an input (%r) is damaged; it is left out and removed.", name[:200])
        self.gone.append(name)


def _is_object(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and _is_instant(one.get("heard_at"))
        and all(isinstance(one.get(name), list) for name in ("objects", "zones", "entered"))
        and all(isinstance(thing, dict) for thing in one["objects"])
    )


def _is_thing(row: Mapping[str, Any]) -> bool:
    return (
        all(name in row for name in _OF_A_THING)
        and _is_instant(row["heard_at"])
        and isinstance(row["compared"], dict)
        and isinstance(row["keys"], list)
    )


def _is_instant(value: Any) -> bool:
    """True for Unix seconds. False also for "not a number", infinity, and a number too large for a float."""
    return isinstance(value, int | float) and abs(value) < _NO_INSTANT_S


def _whole_lane(row: Stored) -> Stored:
    """The row of a lane without what cannot be read of it."""
    memory = dict(row["memory"]) if isinstance(row.get("memory"), dict) else {}
    if "live" in memory:
        live = memory["live"] if isinstance(memory["live"], dict) else {}
        memory["live"] = {name: one for name, one in live.items() if _is_object(one)}
    nodes, now = row.get("nodes"), row.get("now")
    return {
        **row,
        "memory": memory,
        "nodes": nodes if isinstance(nodes, dict) else {},
        "now": now if _is_instant(now) else 0.0,
    }
