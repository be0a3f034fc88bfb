"""What metadata looked like in a sample of frames: which keys there were, and what kinds of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from securos_trigger.conditions.operations import as_data
from securos_trigger.conditions.syntax import Step, Wildcard

#: Places that are remembered; beyond them nothing is said to be missing.
MAX_PLACES: Final = 20_000
MAX_DEPTH: Final = 32
#: Items of one list that are looked at.
MAX_ITEMS: Final = 100

_KINDS: Final[dict[type, str]] = {
    bool: "a number",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    dict: "an object",
    type(None): "null",
}


class Place:
    """One place in metadata: the types of the values that stood there, and what lies below."""

    __slots__ = ("is_cut", "items", "keys", "types")

    def __init__(self) -> None:
        self.types: set[type] = set()
        self.keys: dict[str, Place] = {}
        self.items: Place | None = None
        self.is_cut = False

    @property
    def kinds(self) -> set[str]:
        """What stood there, as `kind_of` says it."""
        return {_KINDS.get(kind, "no data") for kind in self.types}


@dataclass(frozen=True, slots=True)
class Miss:
    """A path that was never there: the steps that were, the step that was not, and the keys that stood there."""

    before: tuple[Step, ...]
    step: Step
    siblings: tuple[str, ...]


class Sample:
    """The keys and kinds of all frames that were added. Bounded, whatever the metadata holds."""

    def __init__(self) -> None:
        self.frames = 0
        self._top = Place()
        self._places = 1

    def add(self, metadata: object) -> None:
        """Look at one frame's metadata."""
        self.frames += 1
        self._see(self._top, metadata, 0)

    def _see(self, place: Place, value: object, depth: int) -> None:
        value = as_data(value)
        place.types.add(type(value))
        if not isinstance(value, dict | list | tuple):
            return
        if depth >= MAX_DEPTH:
            place.is_cut = True
            return
        if isinstance(value, dict):
            for key, item in value.items():
                child = place.keys.get(key) or self._new_key(place, key)
                if child is not None:
                    self._see(child, item, depth + 1)
        elif value:
            if place.items is None:
                place.items = self._new_place(place)
            if place.items is not None:
                for item in value[:MAX_ITEMS]:
                    self._see(place.items, item, depth + 1)

    def find(self, steps: Sequence[Step]) -> tuple[Place, ...] | Miss:
        """The places that a path leads to. A `Miss` when it never led anywhere; nothing when that is not known."""
        level: tuple[Place, ...] = (self._top,)
        for index, step in enumerate(steps):
            found = tuple(child for place in level for child in _children(place, step))
            if not found and any(place.is_cut for place in level):
                return ()
            if not found:
                siblings = tuple(dict.fromkeys(key for place in level for key in place.keys))
                return Miss(tuple(steps[:index]), step, siblings)
            level = found
        return level

    def _new_key(self, place: Place, key: object) -> Place | None:
        if not isinstance(key, str):
            return None
        child = self._new_place(place)
        if child is not None:
            place.keys[key] = child
        return child

    def _new_place(self, parent: Place) -> Place | None:
        if self._places >= MAX_PLACES:
            parent.is_cut = True
            return None
        self._places += 1
        return Place()


def kind_of(value: object) -> str:
    """What a value is to a comparison: "a number", "text", "a list", "an object", "null"; else "no data"."""
    return _KINDS.get(type(value), "no data")


def _children(place: Place, step: Step) -> Iterator[Place]:
    """What lies one step below a place; a number is an index where there is a list."""
    if isinstance(step, Wildcard):
        yield from (child for key, child in place.keys.items() if step.matches(key))
    elif isinstance(step, str) and step in place.keys:
        yield place.keys[step]
    is_index = isinstance(step, int | Wildcard) or step.isdecimal()
    if is_index and place.items is not None:
        yield place.items
