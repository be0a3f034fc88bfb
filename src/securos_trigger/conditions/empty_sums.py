"""Wildcards that lead to no number: a wildcard is a sum of numbers, so these are 0 on every frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.misreadings import each_match, is_of_text
from securos_trigger.conditions.paths import Items, full_steps, nodes_with_items
from securos_trigger.conditions.sample import Miss, Place, Sample
from securos_trigger.conditions.syntax import Comparison, Loop, Path, Step, path_text
from securos_trigger.errors import Mistake
from securos_trigger.errors.wording import some_of

_A_NUMBER: Final = "a number"
_MANY: Final = {"text": "texts", "a list": "lists", "an object": "objects"}


def empty_sums(text: str, sample: Sample) -> list[tuple[Path, Mistake]]:
    """The wildcards of a condition that have led to values in the sample, and never to a number, each with that."""
    nodes = list(nodes_with_items(parse(text)))
    loops = [node for node, _ in nodes if isinstance(node, Loop)]
    known = {id(clause.source) for loop in loops for clause in loop.clauses}  # run over, not summed
    compared = [node.operands for node, _ in nodes if isinstance(node, Comparison)]
    known |= {id(side) for sides in compared if any(map(is_of_text, sides)) for side in sides}  # said by `misreadings`
    found = []
    for node, items in nodes:
        if not isinstance(node, Path) or node.first_wildcard is None or id(node) in known:
            continue
        places = sample.find(full_steps(node, items))
        kinds = set() if isinstance(places, Miss) else {kind for place in places for kind in place.kinds}
        if kinds and kinds <= set(_MANY):
            shown = text[node.start : node.end]
            what = f"{shown} is the sum of the numbers there, and there are only {_either(kinds)}: it is always 0"
            found.append((node, Mistake("", what, _instead(node, items, kinds, sample))))
    return found


def numbers_in(node: object, items: Items, sample: Sample) -> str:
    """The numbers in an object that a condition takes for one, as a sentence; empty where there are none."""
    if not isinstance(node, Path):
        return ""
    whole = full_steps(node, items)
    split = node.first_wildcard
    root = whole if split is None else whole[: len(whole) - len(node.steps) + split]
    return _numbers_at(root, sample) or _numbers_at(whole, sample)


def _numbers_at(steps: tuple[Step, ...], sample: Sample) -> str:
    places = sample.find(steps)
    if isinstance(places, Miss):
        return ""
    names = list(dict.fromkeys(name for place in places for name in _numbers_below(place)))
    below = f"The numbers below {path_text(steps)}" if steps else "The numbers there"
    return f"{below}: {some_of(names)}." if names else ""


def _instead(path: Path, items: Items, kinds: set[str], sample: Sample) -> str:
    item, source = each_match(path)
    if kinds == {"text"}:
        return f'To ask for one item, write any({item} == "…" for o in {source}).'
    if kinds == {"a list"}:
        return f"Write sum(len({item}) for o in {source}) for the number of their items."
    if kinds == {"an object"} and item == "o" and source == "objects":
        return "Write len(objects) for the number of objects."
    return numbers_in(path, items, sample)


def _numbers_below(place: Place, before: str = "") -> Iterator[str]:
    """The paths of the numbers in the objects at and below a place."""
    for key, child in place.keys.items():
        dot = "" if not before or path_text((key,)).startswith("[") else "."
        name = f"{before}{dot}{path_text((key,))}"
        if _A_NUMBER in child.kinds:
            yield name
        yield from _numbers_below(child, name)


def _either(kinds: set[str]) -> str:
    return " and ".join(_MANY[kind] for kind in sorted(kinds))
