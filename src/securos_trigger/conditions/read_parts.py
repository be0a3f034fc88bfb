"""Which parts of the metadata conditions read, as a tree: what lies elsewhere cannot change what they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.operations import is_number_step
from securos_trigger.conditions.paths import Items, full_steps, item_steps, nodes_with_items
from securos_trigger.conditions.syntax import Loop, Node, Path, Step, Wildcard


@dataclass(slots=True)
class Part:
    """One place in the metadata, and what is read there.

    `is_whole`: all of it. Else only what lies below the keys in `below`, and below each key or item (`below_each`).
    """

    is_whole: bool = False
    below: dict[str, Part] = field(default_factory=dict)
    below_each: Part | None = None

    def at(self, steps: Iterable[Step]) -> Part:
        """The part at the end of a path. A place with a numbered step is read whole: it may be a list or an object."""
        part = self
        for step in steps:
            if isinstance(step, Wildcard):
                part.below_each = part.below_each or Part()
                part = part.below_each
            elif isinstance(step, int) or is_number_step(step):
                part.is_whole = True
                break
            else:
                part = part.below.setdefault(step, Part())
        return part

    def add(self, other: Part) -> None:
        """Read what the other one reads, too."""
        self.is_whole = self.is_whole or other.is_whole
        for key, part in other.below.items():
            self.below.setdefault(key, Part()).add(part)
        if other.below_each is not None:
            self.at((Wildcard("*"),)).add(other.below_each)


def parts_read(conditions: Iterable[str]) -> Part:
    """What these conditions read of a frame's metadata. ConditionError for a text that is no condition."""
    metadata = Part()
    for text in conditions:
        _add_parts(metadata, parse(text))
    return metadata


def _add_parts(metadata: Part, tree: Node) -> None:
    items_of: dict[int, tuple[Step, ...]] = {}  # by the identity of the list that a loop runs over
    for node, items in nodes_with_items(tree):
        if isinstance(node, Loop):
            items_of |= _items_of(node, items)
        elif isinstance(node, Path):
            found = items_of.get(id(node))
            if found is None:
                metadata.at(full_steps(node, items)).is_whole = True
            else:
                metadata.at(found)


def _items_of(loop: Loop, items: Items) -> dict[int, tuple[Step, ...]]:
    """The paths of the items of each list that a loop runs over: what is read of them is found on its own."""
    found = {}
    for clause in loop.clauses:
        steps = found[id(clause.source)] = item_steps(clause, items)
        items = (*items, steps)
    return found
