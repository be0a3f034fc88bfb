"""Compares what a configuration and a changed one would do, by occasions and not by single events.

A trigger that fires on every frame makes hundreds of events of one occasion; the change that makes one of them has
lost nothing. So: events of one side that follow each other by no more than the tolerance are one *occasion*; an
occasion is *kept* when the other side has an event within the tolerance of it, else it is lost, or new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from securos_trigger.replay.nodes import Firing

#: Occasions that are listed by name; all are counted.
MAX_LISTED = 1_000
DEFAULT_TOLERANCE_S = 2.0


@dataclass(slots=True)
class Occasion:
    """Events of one side, close together: the first of them, where it ends (seconds), and how many there are."""

    first: Firing
    ends_at_s: float
    events: int = 1
    is_met: bool = False

    @property
    def length_s(self) -> float:
        """Seconds from the first event to the last."""
        return self.ends_at_s - self.first.position_s

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"first_event": self.first.to_json(), "events": self.events, "length_s": round(self.length_s, 3)}


@dataclass(slots=True)
class Side:
    """One side of a comparison: a configuration's events and occasions.

    `unmet` lists the first occasions that the other side does not have; `open_occasions` has the latest of each node,
    which may go on.
    """

    events: int = 0
    occasions: int = 0
    unmet_count: int = 0
    unmet: list[Occasion] = field(default_factory=list)
    open_occasions: dict[str, Occasion] = field(default_factory=dict)

    def close(self, key: str) -> None:
        """End the open occasion of `key`: the other side has met it by now, or never will."""
        occasion = self.open_occasions.pop(key, None)
        if occasion is None or occasion.is_met:
            return
        self.unmet_count += 1
        if len(self.unmet) < MAX_LISTED:
            self.unmet.append(occasion)

    def to_json(self) -> dict[str, int]:
        """The figures, as plain data."""
        return {"events": self.events, "occasions": self.occasions, "not_met": self.unmet_count}


class ReplayComparison:
    """Two configurations on the same frames: `before` and `after`. Memory is constant."""

    def __init__(self, tolerance_s: float = DEFAULT_TOLERANCE_S, *, is_by_node: bool = True) -> None:
        """`is_by_node`: events count as the same only from nodes with the same id."""
        self.tolerance_s = tolerance_s
        self.before = Side()
        self.after = Side()
        self._is_by_node = is_by_node

    def add_before(self, firing: Firing) -> None:
        """Add an event of the configuration as it is. Both sides are added in the order of the recording."""
        self._add(firing, self.before, self.after)

    def add_after(self, firing: Firing) -> None:
        """Add an event of the changed configuration."""
        self._add(firing, self.after, self.before)

    def finish(self) -> None:
        """End the recording: close the occasions that are still open, and sort the lists by time."""
        for side in (self.before, self.after):
            for key in list(side.open_occasions):
                side.close(key)
            side.unmet.sort(key=lambda occasion: (occasion.first.position_s, occasion.first.line))

    def to_json(self) -> dict[str, Any]:
        """Plain data: the figures of both sides, and the first occasions that are lost or new."""
        return {
            "tolerance_s": self.tolerance_s,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "lost": [occasion.to_json() for occasion in self.before.unmet],
            "new": [occasion.to_json() for occasion in self.after.unmet],
        }

    def _add(self, firing: Firing, own: Side, other: Side) -> None:
        key = f"{firing.source_name}\x1f{firing.event.node_id}" if self._is_by_node else firing.source_name
        own.events += 1
        current = own.open_occasions.get(key)
        if current is not None and firing.position_s - current.ends_at_s <= self.tolerance_s:
            current.ends_at_s = firing.position_s
            current.events += 1
            return
        own.close(key)
        occasion = own.open_occasions[key] = Occasion(firing, firing.position_s)
        own.occasions += 1
        # Of two occasions that meet, the later one starts while the other is open: it is enough to look here.
        opposite = other.open_occasions.get(key)
        if opposite is not None and firing.position_s - opposite.ends_at_s <= self.tolerance_s:
            occasion.is_met = opposite.is_met = True
