"""Values that an operator or a function of a condition can do nothing with, by the kinds in a sample of frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from securos_trigger.conditions.empty_sums import empty_sums, numbers_in
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.paths import Items, full_steps, nodes_with_items
from securos_trigger.conditions.sample import Miss, Place, Sample, kind_of
from securos_trigger.conditions.syntax import (
    Call,
    Comparison,
    Junction,
    ListOf,
    Literal,
    Negative,
    Node,
    Not,
    Path,
    children,
)
from securos_trigger.errors import Mistake

_A_NUMBER, _TEXT, _A_LIST, _AN_OBJECT = "a number", "text", "a list", "an object"
_MEMBERSHIP: Final = frozenset(("in", "not in"))
_GIVES_A_NUMBER: Final = frozenset(("len", "sum", "abs", "round", "number"))
_GIVES_TEXT: Final = frozenset(("lower", "upper"))
_WITH_ITEMS: Final = frozenset((_TEXT, _A_LIST, _AN_OBJECT))
#: What each function can be given; `min` and `max` of one value take its items, of several any.
_TAKES: Final = {
    **dict.fromkeys(("len", "any", "all", "sum", "min", "max"), _WITH_ITEMS),
    **dict.fromkeys(("lower", "upper", "startswith", "endswith"), frozenset((_TEXT,))),
    **dict.fromkeys(("abs", "round"), frozenset((_A_NUMBER,))),
    "number": frozenset((_A_NUMBER, _TEXT)),
}


def odd_comparisons(text: str, sample: Sample) -> list[Mistake]:
    """The comparisons and calls of a condition that no value of the kinds in the sample fits."""
    return [mistake for _, mistake in odd_operands(text, parse(text), sample)]


def odd_operands(source: str, tree: Node, sample: Sample) -> Iterator[tuple[Node, Mistake]]:
    """Operations on values that were never of a fitting kind: they are unknown or plainly false on every frame."""
    yield from empty_sums(source, sample)
    for node, items in nodes_with_items(tree):
        if isinstance(node, Comparison):
            for symbol, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False):
                kinds = (kinds_of(left, items, sample), kinds_of(right, items, sample))
                if symbol in _MEMBERSHIP:
                    found = _odd_membership(source, node, (left, right), kinds, _inner(right, items, sample))
                else:
                    found = _odd_comparison(source, node, (left, right), kinds)
                    if found is not None and not found.fix and {_A_NUMBER} in kinds:
                        fix = numbers_in(left, items, sample) or numbers_in(right, items, sample)
                        found = replace(found, fix=fix)
                if found is not None:
                    yield node, found
        elif isinstance(node, Junction | Not):
            yield from _objects_as_clauses(source, node, items, sample)
        elif isinstance(node, Call):
            yield from ((node, found) for found in _odd_arguments(source, node, items, sample))


def _objects_as_clauses(
    source: str, node: Junction | Not, items: Items, sample: Sample
) -> Iterator[tuple[Node, Mistake]]:
    """Objects as operands of `and`, `or` and `not`: they are always there, so they say nothing."""
    for clause in children(node):
        if kinds_of(clause, items, sample) == {_AN_OBJECT}:
            what = f"{text_of(source, clause)} is an object, and no clause: it is true whatever stands in it"
            yield clause, Mistake("", what, numbers_in(clause, items, sample))


def kinds_of(node: Node, items: Items, sample: Sample) -> set[str]:
    """The kinds of values that an operand had; empty when it is not known."""
    if isinstance(node, Literal):
        return {kind_of(node.value)} - {"null"}
    if isinstance(node, ListOf):
        return {_A_LIST}
    if isinstance(node, Call):
        return {_A_NUMBER} if node.function in _GIVES_A_NUMBER else {_TEXT} if node.function in _GIVES_TEXT else set()
    if isinstance(node, Negative):
        return {_A_NUMBER}
    return {kind for place in _places(node, items, sample) for kind in place.kinds} - {"null"}


def text_of(source: str, node: Node) -> str:
    """The part of a condition that a node was read from, on one line."""
    return " ".join(source[node.start : node.end].split())


def _places(node: Node, items: Items, sample: Sample) -> tuple[Place, ...]:
    if not isinstance(node, Path) or node.first_wildcard is not None:
        return ()  # a wildcard is a sum; text beside it is said by `certain_mistakes`
    found = sample.find(full_steps(node, items))
    return () if isinstance(found, Miss) else found


def _inner(node: Node, items: Items, sample: Sample) -> set[str]:
    """The kinds of the items of a list; empty when one of them is not known."""
    if isinstance(node, ListOf):
        kinds = [kinds_of(item, items, sample) for item in node.items]
        return set().union(*kinds) if all(kinds) else set()
    inner = [place.items for place in _places(node, items, sample)]
    kinds = [set() if place is None else place.kinds for place in inner]
    return set().union(*kinds) - {"null"} if all(kinds) else set()


def _odd_comparison(
    source: str, node: Node, sides: tuple[Node, Node], kinds: tuple[set[str], set[str]]
) -> Mistake | None:
    if not all(kinds) or kinds[0] & kinds[1]:
        return None
    what = f"{text_of(source, node)} compares {_either(kinds[0])} with {_either(kinds[1])}"
    for side, own, other in ((sides[0], kinds[0], kinds[1]), (sides[1], kinds[1], kinds[0])):
        if own == {_A_LIST} and other == {_A_NUMBER}:
            return Mistake("", what, f"Write len({text_of(source, side)}) for the number of its items.")
        if own == {_A_NUMBER} and isinstance(side, Literal) and other == {_TEXT}:
            return Mistake("", what, _number_or_text(source, node, side, sides))
        if own == {_TEXT} and isinstance(side, Literal) and other == {_A_NUMBER}:
            return Mistake("", what, "Write the number without quotes.")
    return Mistake("", what)


def _number_or_text(source: str, node: Node, number: Node, sides: tuple[Node, Node]) -> str:
    """What to write where a number in the condition meets text in the metadata."""
    path = sides[0] if sides[1] is number else sides[1]
    as_number = f"Write number({text_of(source, path)}) for the number in the text"
    if isinstance(node, Comparison) and set(node.operators) & {"==", "!="}:
        return f'{as_number}, or "{text_of(source, number)}" in quotes if the text is meant.'
    return f"{as_number}."


def _odd_membership(
    source: str, node: Node, sides: tuple[Node, Node], kinds: tuple[set[str], set[str]], inner: set[str]
) -> Mistake | None:
    """`in` with a right side that holds nothing of the left one's kind."""
    item, container = (text_of(source, side) for side in sides)
    what = f"{text_of(source, node)} looks for {_either(kinds[0]) or 'a value'} in "
    if kinds[1] == {_A_NUMBER}:
        return Mistake("", f"{what}a number, which has nothing in it", 'Compare it with "==".')
    if not kinds[0]:
        return None
    if kinds[1] == {_TEXT} and _TEXT not in kinds[0]:
        return Mistake("", f"{what}text", f'Write "{item}" in quotes.' if isinstance(sides[0], Literal) else "")
    if kinds[1] != {_A_LIST} or not inner or inner & kinds[0]:
        return None
    if inner == {_AN_OBJECT} and isinstance(sides[0], Literal):
        field = "label" if kinds[0] == {_TEXT} else "id"
        fix = f"Ask the field of each: any(o.{field} == {item} for o in {container})."
    elif {*inner, *kinds[0]} == {_A_NUMBER, _TEXT}:
        fix = "Write both with quotes, or both without."
    else:
        fix = ""
    return Mistake("", f"{what}a list of {' or '.join(_MANY.get(kind, kind) for kind in sorted(inner))}", fix)


_MANY: Final = {_A_NUMBER: "numbers", _TEXT: "texts", _A_LIST: "lists", _AN_OBJECT: "objects"}


def _odd_arguments(source: str, node: Call, items: Items, sample: Sample) -> Iterator[Mistake]:
    """Arguments of a kind for which the function has no value."""
    takes = _TAKES[node.function]
    if node.function in ("min", "max") and len(node.arguments) > 1:
        return
    for argument in node.arguments:
        kinds = kinds_of(argument, items, sample)
        if not kinds or kinds & takes:
            continue
        text = text_of(source, argument)
        wanted = _A_LIST if takes is _WITH_ITEMS else " or ".join(sorted(takes))
        what = f"{text_of(source, node)} needs {wanted}, and {text} is {_either(kinds)}"
        if kinds == {_A_NUMBER} and isinstance(argument, Literal) and _TEXT in takes:
            yield Mistake("", what, f'Write "{text}" in quotes.')
        elif kinds == {_A_NUMBER} and node.function in ("len", "sum", "min", "max"):
            yield Mistake("", what, f"Write {text} alone.")
        elif kinds == {_TEXT} and _A_NUMBER in takes:
            yield Mistake("", what, f"Write number({text}) for the number in the text.")
        else:
            yield Mistake("", what)


def _either(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))
