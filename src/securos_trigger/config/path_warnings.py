"""What of a condition or a template cannot be there: paths that no node before it writes, and labels no object has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from securos_trigger.analytics.labels import classes_of
from securos_trigger.conditions.contradictions import contradictions
from securos_trigger.conditions.empty_sums import numbers_in
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.lint import other_key
from securos_trigger.conditions.misreadings import is_word_for_null
from securos_trigger.conditions.odd_operands import kinds_of, odd_comparisons, text_of
from securos_trigger.conditions.paths import Items, full_steps, nodes_with_items, path_steps
from securos_trigger.conditions.sample import Miss
from securos_trigger.conditions.syntax import (
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
from securos_trigger.conditions.truth import Truth, truth_of
from securos_trigger.config.known_metadata import KnownMetadata
from securos_trigger.config.value_ranges import range_warnings
from securos_trigger.errors import ConditionError, Mistake
from securos_trigger.errors.suggestions import nearest, nearest_label
from securos_trigger.errors.wording import some_of

_COUNTING_WORDS = ("length", "len", "size", "count")
_MOST_NAMED = 8
_NAMES_OF_EVENTS: Final = ("event", "event_type")
#: Functions that look for a part of a text, in words; and how it is looked for.
_BESIDE_A_PART: Final = {"startswith": "begins with", "endswith": "ends with"}
_HAS_PART: Final[dict[str, Callable[[str, str], bool]]] = {
    "begins with": str.startswith,
    "ends with": str.endswith,
    "contains": str.__contains__,
}
# What zone nodes and line counters list.
_LISTS_OF_OBJECTS = ("current_objects", "cur_dir1_objects", "cur_dir2_objects")


def condition_warnings(text: str, known: KnownMetadata) -> list[Mistake]:
    """What of a condition can never be: missing paths, odd comparisons, labels, a value that is not a truth."""
    tree = parse(text)
    words = _bare_words(tree, known)
    found = [_unquoted(word) for word in words]
    paths = [steps for steps in path_steps(tree) if steps not in words and not is_word_for_null(steps)]
    found += missing_paths(paths, known)
    found += odd_comparisons(text, known.sample())
    found += _label_mistakes(tree, known)
    found += [] if known.is_open else _constants(text, tree, known)
    found += range_warnings(text, tree, known)
    certain = list(contradictions(text, tree))  # said of the text alone
    found += [mistake for mistake in contradictions(text, tree, known.is_whole) if mistake not in certain]
    if not found and truth_of(evaluator(tree)((known.metadata,))) is Truth.NOT_BOOLEAN:
        what = f"{text} is a text, a list or an object, and never true"
        found.append(Mistake("", what, f"Compare it, or write len({text}) > 0 for a list."))
    return found


def comparison_warnings(text: str, known: KnownMetadata) -> list[Mistake]:
    """What of one comparison is decided by the labels and ranges that objects can have here.

    Nothing for one that no condition can have, such as of a key that begins with an underscore.
    """
    try:
        tree = parse(text)
    except ConditionError:
        return []
    return [*_label_mistakes(tree, known), *range_warnings(text, tree, known)]


def missing_paths(paths: list[tuple[Step, ...]], known: KnownMetadata, *, in_template: bool = False) -> list[Mistake]:
    """The paths that no node before this place writes, with what to write in a condition, or in a template."""
    sample = known.sample()
    found = []
    for steps in paths:
        miss = sample.find(steps)
        if isinstance(miss, Miss) and (mistake := _missing(steps, miss, known, in_template=in_template)) is not None:
            found.append(mistake)
    return found


def _missing(steps: tuple[Step, ...], miss: Miss, known: KnownMetadata, *, in_template: bool) -> Mistake | None:
    step = miss.step.pattern if isinstance(miss.step, Wildcard) else str(miss.step)
    what = f"no node before this one writes {path_text(steps)}"
    later = [node.id for node in known.later]
    if miss.before in ((), ("nodes",)) and len(steps) > 1 and steps[0] == "nodes" and steps[1] in later:
        return Mistake("", what, f"The node {steps[1]} comes after it. Put it before this one.")
    if steps[:1] == ("objects",) and not miss.before and not known.is_open:
        return Mistake("", what, 'Put a node with type = "detector" before this one.')
    if step in _COUNTING_WORDS and miss.before and not miss.siblings:
        return Mistake(
            "", what, f"Write {_number_of(path_text(miss.before), in_template)} for the number of its items."
        )
    is_open = known.is_open or (not miss.before and known.is_open_place(()))
    if miss.before in ((), ("objects",)) and not is_open and _objects_have(step, known):
        asked = path_text(steps[len(miss.before) :])
        return Mistake("", what, f"Objects have it. {_of_each(asked, in_template)}")
    if known.is_open_place(miss.before):
        return None  # a field that only some messages of an input have
    guess = nearest(step, miss.siblings)
    is_of_a_node = len(miss.before) > 1 and miss.before[0] == "nodes"
    if known.is_open and not guess and not is_of_a_node:
        return None  # the code of a function may write it
    return Mistake("", what, _fix(step, guess, miss))


def _number_of(path: str, in_template: bool) -> str:
    return f"{{{{ {path}|length }}}}" if in_template else f"len({path})"


def _of_each(field: str, in_template: bool) -> str:
    if in_template:
        return f"Write it of each: {{% for o in objects %}}{{{{ o.{field} }}}} {{% endfor %}}."
    return f"Ask all of them: any(o.{field} == … for o in objects)."


def _objects_have(step: str, known: KnownMetadata) -> bool:
    """Whether the objects of a frame have a field of this name here."""
    try:
        paths = path_steps(parse(f"any(o.{step} for o in objects)"))
    except ConditionError:  # a word of the language of conditions
        return False
    return not any(isinstance(known.sample().find(steps), Miss) for steps in paths)


def _fix(step: str, guess: str, miss: Miss) -> str:
    if guess:
        return other_key(step, guess, miss.before)
    place = f"below {path_text(miss.before)}" if miss.before else "at the top"
    if not miss.siblings:
        return f"There is nothing {place}."
    named = ", ".join(f'"{key}"' for key in miss.siblings[:_MOST_NAMED])
    return f'There is no "{step}" {place}; there is {named}{", …" if len(miss.siblings) > _MOST_NAMED else ""}.'


def _bare_words(tree: Node, known: KnownMetadata) -> list[tuple[Step, ...]]:
    """Words without quotes on one side of a comparison with a text: `label == car`."""
    words: list[tuple[Step, ...]] = []
    for node, items in nodes_with_items(tree):
        for left, right in pairwise(node.operands) if isinstance(node, Comparison) else ():
            for side, other in ((left, right), (right, left)):
                if isinstance(side, Path) and side.variable is None and len(side.steps) == 1:
                    is_missing = isinstance(side.steps[0], str) and side.steps[0] not in known.metadata
                    is_missing = is_missing and not is_word_for_null(side.steps)
                    words += [side.steps] if is_missing and _is_text(other, items, known) else []
    return words


def _is_text(node: Node, items: Items, known: KnownMetadata) -> bool:
    if not isinstance(node, Path):
        return False
    found = known.sample().find(full_steps(node, items))
    return not isinstance(found, Miss) and any(place.kinds == {"text"} for place in found)


def _unquoted(steps: tuple[Step, ...]) -> Mistake:
    word = path_text(steps)
    return Mistake("", f"{word} without quotes is a path, and no node before this one writes it", f'Write "{word}".')


def _constants(text: str, tree: Node, known: KnownMetadata) -> Iterator[Mistake]:
    """What nodes write on every frame, compared with null, and the number of keys of what they write."""
    sample = known.sample()
    for node, items in nodes_with_items(tree):
        if isinstance(node, Call) and node.function == "len" and len(node.arguments) == 1:
            [path] = node.arguments
            is_fixed = isinstance(path, Path) and not known.is_open_place(full_steps(path, items))
            if is_fixed and kinds_of(path, items, sample) == {"an object"}:
                what = f"{text_of(text, node)} is the number of keys of an object, and always the same"
                yield Mistake("", what, numbers_in(path, items, sample))
        for symbol, left, right in _pairs(node):
            path = left if isinstance(right, Literal) and right.value is None else right
            other = right if path is left else left
            if (
                symbol != "=="
                or not isinstance(path, Path)
                or not isinstance(other, Literal)
                or other.value is not None
            ):
                continue
            steps = full_steps(path, items)
            places = () if known.is_open_place(steps) or path.first_wildcard is not None else sample.find(steps)
            kinds = set() if isinstance(places, Miss) else {kind for place in places for kind in place.kinds}
            if (
                kinds
                and "null" not in kinds
                and all(field.is_always and not field.may_be_null for field in known.fields_at(steps))
            ):
                shown = text_of(text, path)
                none = {"a list": f"Write len({shown}) == 0", "a number": f"Write {shown} == 0"}.get(min(kinds), "")
                yield Mistake("", f"{shown} is never null", f"{none} for none." if none else "")


def _pairs(node: Node) -> Iterator[tuple[str, Node, Node]]:
    if isinstance(node, Comparison):
        yield from zip(node.operators, node.operands, node.operands[1:], strict=False)


def _label_mistakes(tree: Node, known: KnownMetadata) -> Iterator[Mistake]:
    """Labels in the condition that no object can have, and events that are called otherwise."""
    for node, items in nodes_with_items(tree):
        if isinstance(node, Call) and node.function in _BESIDE_A_PART and len(node.arguments) == 2:
            yield from _part_mistakes(node.arguments[0], node.arguments[1], _BESIDE_A_PART[node.function], items, known)
        for symbol, left, right in _pairs(node):
            if symbol in ("in", "not in") and isinstance(left, Literal):
                yield from _part_mistakes(right, left, "contains", items, known)
                continue
            if symbol not in ("==", "in", "!=", "not in") or (
                symbol in ("in", "not in") and isinstance(right, Literal)
            ):
                continue  # o.label in "person, car" is true for each label in this text
            for side, other in ((left, right), (right, left)):
                steps = full_steps(side, items) if isinstance(side, Path) else ()
                yield from _event_mistakes(steps, other, known)
                labels = _labels_at(steps, known)
                for label in _texts(other) if labels else ():
                    if label not in labels and (symbol in ("==", "in") or label not in known.model_labels):
                        yield label_mistake(label, labels, known)


def _part_mistakes(path: Node, part: Node, how: str, items: Items, known: KnownMetadata) -> Iterator[Mistake]:
    """A part of a text that no label has."""
    labels = _labels_at(full_steps(path, items), known) if isinstance(path, Path) else ()
    for text in _texts(part) if labels else ():
        if not _is_part(how, text, labels):
            guess = next(
                (one for one in (text.lower(), text.capitalize(), text.upper()) if _is_part(how, one, labels)), ""
            )
            fix = f'Did you mean "{guess}"?' if guess else f"The labels here: {some_of(labels)}."
            yield Mistake("", f'no label that an object can have here {how} "{text}"', fix)


def _is_part(how: str, text: str, labels: Sequence[str]) -> bool:
    return any(_HAS_PART[how](label, text) for label in labels)


def _event_mistakes(steps: tuple[Step, ...], other: Node, known: KnownMetadata) -> Iterator[Mistake]:
    """The name of an event that its node does not give."""
    if len(steps) != 3 or steps[0] != "nodes" or steps[2] not in _NAMES_OF_EVENTS or known.is_open:
        return
    name = known.event_names.get(str(steps[1]))
    if name is not None and (texts := _texts(other)) and name not in texts:
        yield Mistake("", f'the event of {steps[1]} is called "{name}", never "{texts[0]}"', f'Write "{name}".')


def _labels_at(steps: tuple[Step, ...], known: KnownMetadata) -> tuple[str, ...]:
    if len(steps) == 3 and steps[0] == "objects" and steps[2] == "label":
        return known.labels_below(None)
    if len(steps) == 7 and steps[4] in _LISTS_OF_OBJECTS and steps[6] == "label":
        return known.labels_below(str(steps[1]))
    return ()


def _texts(node: Node) -> list[str]:
    parts = node.items if isinstance(node, ListOf) else (node,)
    return [part.value for part in parts if isinstance(part, Literal) and isinstance(part.value, str)]


def label_mistake(label: str, labels: tuple[str, ...], known: KnownMetadata) -> Mistake:
    """The mistake of a label that is none of those that objects can have."""
    what = f'no object here has the label "{label}"'
    if label in known.kept:
        return Mistake("", what, f"The node counts {some_of(labels)} only: see its labels.")
    if known.model_labels and label not in known.model_labels:
        guess = nearest_label(label, known.model_labels)
        hint = f'Did you mean "{guess}"?' if guess else classes_of(label, known.model_labels)
        return Mistake("", what, f'The detector\'s model knows no "{label}". {hint}')
    kept = some_of([f'"{one}"' for one in known.kept])
    return Mistake("", what, f'The detector {known.detector_id} keeps {kept}: add "{label}" to its setting keep.')
