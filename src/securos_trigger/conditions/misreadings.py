"""Conditions that can be read, but surely mean something else than their author wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from securos_trigger.conditions.paths import nodes_with_items
from securos_trigger.conditions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    ListOf,
    Literal,
    Node,
    Path,
    Step,
    Wildcard,
    path_text,
)
from securos_trigger.errors import Mistake

_ORDER: Final = frozenset(("<", "<=", ">", ">="))
_NULLS: Final = frozenset((word,) for word in ("none", "nil", "undefined", "Null", "Undefined", "nothing"))
_EQUAL: Final = frozenset(("==", "!=", "in", "not in"))
_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]*)?\s*")


def misreadings(source: str, tree: Node) -> Iterator[Mistake]:
    """What is certain from the text alone: a key with a minus, text in a wildcard, the order of numbers in quotes."""
    for node, _ in nodes_with_items(tree):
        if isinstance(node, Arithmetic):
            yield from _key_with_a_minus(source, node)
            if node.operator == "/" and isinstance(node.right, Literal) and node.right.value == 0:
                yield Mistake("", f"{_text(source, node)} divides by 0: it is never known")
        if not isinstance(node, Comparison):
            continue
        for symbol, left, right in zip(node.operators, node.operands, node.operands[1:], strict=False):
            yield from _text_in_a_wildcard(source, node, symbol, left, right)
            yield from _number_in_quotes(source, node, symbol, left, right)
            yield from _other_case(source, node, symbol, left, right)
            for side in (left, right):
                if isinstance(side, Path) and side.variable is None and is_word_for_null(side.steps):
                    word = _text(source, side)
                    yield Mistake("", f"{word} is a path here, and no word for null", "Write null.")


def is_word_for_null(steps: Sequence[Step]) -> bool:
    """True for a path that is surely meant as null, as other languages call it: `none`, `nil`."""
    return tuple(steps) in _NULLS


def _key_with_a_minus(source: str, node: Arithmetic) -> Iterator[Mistake]:
    left, right = node.left, node.right
    if node.operator != "-" or not isinstance(left, Path) or not isinstance(right, Path):
        return
    if source[left.end : right.start] != "-" or not left.steps or right.variable is not None:
        return
    key = f"{path_text(left.steps[-1:])}-{path_text(right.steps[:1])}"
    before, after = path_text(left.steps[:-1]), path_text(right.steps[1:])
    quoted = f'{before}["{key}"]' if before else f'meta["{key}"]'
    what = f"{_text(source, node)} is a subtraction: {_text(source, left)} minus {_text(source, right)}"
    dot = "" if not after or after.startswith("[") else "."
    fix = f'A key with "-" in it needs quotes: {quoted}{dot}{after}. To subtract, put spaces around "-".'
    yield Mistake("", what, fix)


def _text_in_a_wildcard(source: str, node: Comparison, symbol: str, left: Node, right: Node) -> Iterator[Mistake]:
    for path, other in ((left, right), (right, left)):
        if isinstance(path, Path) and path.first_wildcard is not None and is_of_text(other):
            what = f"{_text(source, node)} compares a wildcard, which is a sum of numbers, with text: it is never true"
            if symbol == "!=":
                what = what.replace("never true", "always true")
            clause = f"{{item}} {symbol if symbol in ('==', '!=', 'in', 'not in') else '=='} {_text(source, other)}"
            yield Mistake("", what, f"To ask for one item, write {any_item(path, clause)}.")
            return


def any_item(path: Path, clause: str) -> str:
    """`any(…)` over what the path's last wildcard matches; `{item}` in `clause` stands for one match."""
    item, source = each_match(path)
    return f"any({clause.format(item=item)} for o in {source})"


def each_match(path: Path) -> tuple[str, str]:
    """One match of a path with a wildcard, as `o.label`, and what a loop over `o` runs over, as `objects`."""
    last = max(index for index, step in enumerate(path.steps) if isinstance(step, Wildcard))
    items = path.steps[:last] if last == 1 and path.steps[0] == "objects" else path.steps[: last + 1]
    rest = path_text(path.steps[last + 1 :])
    dot = "." if rest and not rest.startswith("[") else ""
    return f"o{dot}{rest}", path_text(items)


def is_of_text(node: Node) -> bool:
    """True for a text in quotes, and for a list of them."""
    if isinstance(node, ListOf):
        return bool(node.items) and all(map(is_of_text, node.items))
    return isinstance(node, Literal) and isinstance(node.value, str)


def _number_in_quotes(source: str, node: Comparison, symbol: str, left: Node, right: Node) -> Iterator[Mistake]:
    if symbol not in _ORDER:
        return
    for literal, other in ((left, right), (right, left)):
        if not isinstance(literal, Literal) or not isinstance(literal.value, str) or not isinstance(other, Path):
            continue
        if other.first_wildcard is None and _NUMBER.fullmatch(literal.value):
            what = f'{_text(source, node)} compares texts letter by letter, so that "5" is greater than "40"'
            number = literal.value.strip()
            yield Mistake("", what, f"Compare numbers: number({_text(source, other)}) with {number}, without quotes.")


def _other_case(source: str, node: Comparison, symbol: str, left: Node, right: Node) -> Iterator[Mistake]:
    """`lower(x) == "Person"`: a text in small letters is never one with a capital."""
    for call, other in ((left, right), (right, left)):
        if not isinstance(call, Call) or call.function not in ("lower", "upper") or symbol not in _EQUAL:
            continue
        for word in other.items if isinstance(other, ListOf) else (other,):
            value = word.value if isinstance(word, Literal) else None
            right_case = (
                (value.lower() if call.function == "lower" else value.upper()) if isinstance(value, str) else value
            )
            if value != right_case:
                letters = "small letters" if call.function == "lower" else "capitals"
                what = f"{_text(source, node)} compares a text in {letters} with {_text(source, word)}"
                yield Mistake("", what, f'Write "{right_case}".')


def _text(source: str, node: Node) -> str:
    return " ".join(source[node.start : node.end].split())
