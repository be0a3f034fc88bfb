"""What is probably wrong with a condition although it can be read.

Some of it is certain from the text alone (`certain_mistakes`), the rest shows in a sample of real metadata
(`ConditionWatch`): a path that is never there, text compared with a number, a clause that is never or always true.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from securos_trigger.conditions.contradictions import contradictions
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.limits import MAX_SHOWN_BITS
from securos_trigger.conditions.misreadings import misreadings
from securos_trigger.conditions.odd_operands import kinds_of, odd_operands, text_of
from securos_trigger.conditions.operations import NUMBERS, UNKNOWN, as_data
from securos_trigger.conditions.paths import nodes_with_items, path_steps
from securos_trigger.conditions.sample import Miss, Sample
from securos_trigger.conditions.syntax import (
    Junction,
    ListOf,
    Literal,
    Node,
    Path,
    Step,
    path_text,
)
from securos_trigger.conditions.truth import Truth, truth_of
from securos_trigger.errors import Mistake
from securos_trigger.errors.suggestions import nearest
from securos_trigger.model import Metadata

_MAX_NAMED_KEYS: Final = 8
_MAX_TEXTS: Final = 3


def certain_mistakes(text: str) -> list[Mistake]:
    """What is wrong with a condition on any metadata: it reads none, or a bare text stands for a clause."""
    tree = parse(text)
    if isinstance(tree, Literal | ListOf) and truth_of(evaluator(tree)(({},))) is Truth.NOT_BOOLEAN:
        return [Mistake("", f"{text} alone is neither true nor false: it never fires", "Compare a path with it.")]
    found = []
    for node, _ in nodes_with_items(tree):
        for operand in node.operands if isinstance(node, Junction) else ():
            if isinstance(operand, Literal) and isinstance(operand.value, str):
                word = text_of(text, operand)
                found.append(Mistake("", f"{word} is text alone, and no clause", f"Repeat the path: path == {word}."))
    found += [*misreadings(text, tree), *contradictions(text, tree)]
    if not found and not path_steps(tree):
        truth = "true on every frame" if truth_of(evaluator(tree)(({},))) is Truth.TRUE else "never true"
        what = f"the condition reads no metadata: it is {truth}"
        found.append(Mistake("", what, "Name a path: nodes.presence1.motion."))
    return found


class ConditionWatch:
    """One condition over a sample of frames. `see` each frame, then ask for `mistakes`."""

    def __init__(self, text: str) -> None:
        """ConditionError when `text` is no condition."""
        self._text = text
        self._tree = parse(text)
        whole, *parts = _clauses(self._tree)
        self._whole = _Clause(whole, "the condition")
        self._parts = [_Clause(part, f"the clause {text_of(text, part)}") for part in parts]
        self._frames = 0
        self._not_boolean = 0

    def see(self, metadata: Metadata) -> None:
        """Look at one frame."""
        scope = (metadata,)
        self._frames += 1
        self._whole.see(scope)
        for part in self._parts:
            part.see(scope)
        self._not_boolean += self._whole.last is Truth.NOT_BOOLEAN

    def mistakes(self, sample: Sample) -> list[Mistake]:
        """What the frames showed; `sample` has seen the same frames."""
        missing = {steps: miss for steps in path_steps(self._tree) if isinstance(miss := sample.find(steps), Miss)}
        found = [missing_path(steps, miss, sample.frames) for steps, miss in missing.items()]
        odd = list(odd_operands(self._text, self._tree, sample))
        found += [mistake for _, mistake in odd]
        if self._not_boolean:
            found.append(self._no_boolean(sample))
            return found
        odd_nodes = [node for node, _ in odd]

        def is_explained(clause: _Clause) -> bool:
            nodes = [node for node, _ in nodes_with_items(clause.node)]
            is_odd = any(node is odd_node for node in nodes for odd_node in odd_nodes)
            return is_odd or any(steps in missing for steps in path_steps(clause.node))

        parts = [mistake for part in self._parts if not is_explained(part) for mistake in part.mistakes(self._frames)]
        # What a part shows need not be said of the whole again.
        if not parts and not is_explained(self._whole):
            parts += self._whole.mistakes(self._frames)
        return found + parts

    def _no_boolean(self, sample: Sample) -> Mistake:
        frames = _of_frames(self._not_boolean, self._frames)
        kinds = kinds_of(self._tree, (), sample) - {"a number"} if isinstance(self._tree, Path) else set()
        if not kinds:
            what = f"the condition gave text, a list or an object on {frames}, and they never fire"
            return Mistake("", what, "Make every clause a comparison.")
        what = f"{self._text} was {' or '.join(sorted(kinds))} on {frames}, which never fires"
        is_text = kinds == {"text"}
        return Mistake("", what, f'Compare it: {self._text} == "…".' if is_text else f"Write len({self._text}) > 0.")


class _Clause:
    """One clause of a condition: how often it was true, and what its paths showed."""

    def __init__(self, node: Node, name: str) -> None:
        self.node = node
        self.last = Truth.UNKNOWN
        self._name = name
        self._evaluate = evaluator(node)
        self._true = 0
        self._unknown = 0
        nodes = (child for child, _ in nodes_with_items(node))
        paths = {child.steps: child for child in nodes if isinstance(child, Path) and child.variable is None}
        self._path = evaluator(*paths.values()) if len(paths) == 1 else None
        self._numbers: tuple[float, float] | None = None
        self._texts: dict[str, None] = {}

    def see(self, scope: tuple[Metadata]) -> None:
        self.last = truth_of(self._evaluate(scope))
        self._true += self.last is Truth.TRUE
        self._unknown += self.last is Truth.UNKNOWN
        value: Any = as_data(self._path(scope)) if self._path is not None else UNKNOWN
        if type(value) in NUMBERS and not (isinstance(value, int) and value.bit_length() > MAX_SHOWN_BITS):
            low, high = self._numbers or (value, value)
            self._numbers = (min(low, value), max(high, value))
        elif isinstance(value, str) and len(self._texts) <= _MAX_TEXTS:
            self._texts[value[:40]] = None

    def mistakes(self, frames: int) -> Iterator[Mistake]:
        """Whether the clause never holds, or could as well be left out."""
        name = self._name
        if not self._true:
            unknown = f", unknown on {self._unknown:,} of them" if self._unknown else ""
            yield Mistake("", f"{name} was true on none of the {frames:,} frames{unknown}", self._seen())
        elif self._true == frames:
            yield Mistake("", f"{name} was true on all of the {frames:,} frames", self._seen())

    def _seen(self) -> str:
        if self._numbers is not None:
            low, high = self._numbers
            low_text, high_text = _shown(low), _shown(high)
            one = f"Its value was {low_text}."
            return one if low_text == high_text else f"Its values went from {low_text} to {high_text}."
        if self._texts:
            shown = ", ".join(f'"{text}"' for text in list(self._texts)[:_MAX_TEXTS])
            return f"Its values: {shown}{', …' if len(self._texts) > _MAX_TEXTS else ''}."
        return ""


def missing_path(steps: tuple[Step, ...], miss: Miss, frames: int) -> Mistake:
    """The warning about a path that was on no frame, with the nearest name that was."""
    what = f"the path {path_text(steps)} was on none of the {frames:,} frames"
    before = path_text(miss.before)
    step = path_text((miss.step,)).removeprefix("[").removesuffix("]").strip('"')
    twin = next((key for key in miss.siblings if key != step and _composed(key) == _composed(step)), None)
    if twin is not None:
        look = "looks the same and is written with other characters (composed and decomposed letters)"
        return Mistake("", what, f'The "{twin}" that is there {look}: copy it from the metadata.')
    close = [key for key in miss.siblings if key.strip() == step.strip()]
    guess = close[0] if close else nearest(step, miss.siblings)
    if guess:
        return Mistake("", what, other_key(step, guess, miss.before))
    place = f"below {before}" if before else "at the top"
    if not miss.siblings:
        return Mistake("", what, f"There is nothing {place}.")
    keys = ", ".join(f'"{key}"' for key in miss.siblings[:_MAX_NAMED_KEYS])
    more = ", …" if len(miss.siblings) > _MAX_NAMED_KEYS else ""
    return Mistake("", what, f'There is no "{step}" {place}; there is {keys}{more}.')


def other_key(step: str, guess: str, before: tuple[Step, ...]) -> str:
    """A sentence on a key that is not there and one that is; how to write it where it needs quotes."""
    written = path_text((*before, guess))
    fix = f" Write {written}." if written.endswith("]") else ""
    return f'There is no "{step}"; did you mean "{guess}"?{fix}'


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _clauses(node: Node) -> Iterator[Node]:
    """The whole condition, and the operands of its `and` and `or`."""
    yield node
    if isinstance(node, Junction):
        for operand in node.operands:
            yield from _clauses(operand)


def _of_frames(part: int, whole: int) -> str:
    return f"all of the {whole:,} frames" if part == whole else f"{part:,} of the {whole:,} frames"


def _shown(number: float) -> str:
    if isinstance(number, bool):
        return str(number).lower()
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"
