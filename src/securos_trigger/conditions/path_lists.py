"""Reads lists from metadata, for settings that name them by path: `nodes.*.lines.*.cur_dir1_objects, objects`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.operations import UNKNOWN, Undecided, as_data, matches, reader
from securos_trigger.conditions.syntax import ListOf, Node, Path, Step, path_text
from securos_trigger.errors import ConditionError
from securos_trigger.model import Metadata


class PathLists:
    """The paths of a setting, separated by commas. `*` in a path matches every key.

    Raises `ConditionError` for a text that is no list of paths. `steps` are the steps of each path.
    """

    __slots__ = ("steps",)

    steps: Final[tuple[tuple[Step, ...], ...]]

    def __init__(self, text: str) -> None:
        found = []
        for item in _items_of(text):
            if not isinstance(item, Path):
                start, end = max(0, item.start - 1), item.end - 1
                fix = 'a key with other characters than letters, digits and "_" is written ["my-node"]'
                raise ConditionError(f"{text[start:end].strip()} is not a path; {fix}", text, start, end)
            found.append(item.steps)
        self.steps = tuple(found)

    def items(self, metadata: Metadata) -> Iterator[Any]:
        """The items of all lists that stand at the paths, as data. An object at a path counts as one item.

        Whatever the metadata is, nothing raises; what is missing is passed over.
        """
        for steps in self.steps:
            for end in _ends(metadata, steps):
                found = as_data(end)
                if isinstance(found, list | tuple):
                    yield from map(as_data, found)
                elif found is not UNKNOWN:
                    yield found

    def __str__(self) -> str:
        return ", ".join(path_text(steps) for steps in self.steps)


def _items_of(text: str) -> tuple[Node, ...]:
    """What stands between the commas."""
    try:
        tree = parse(f"[{text}]")
    except ConditionError as error:
        raise ConditionError(error.message, text, max(0, error.position - 1), error.end - 1) from None
    return tree.items if isinstance(tree, ListOf) else (tree,)


def _ends(metadata: Metadata, steps: tuple[Step, ...]) -> list[Any]:
    split = next((index for index, step in enumerate(steps) if not isinstance(step, str | int)), None)
    head, tail = steps[:split], () if split is None else steps[split:]
    try:
        found = reader(head)(metadata, head)
        return matches(found, tail) if tail else [found]
    except Undecided:
        return []
