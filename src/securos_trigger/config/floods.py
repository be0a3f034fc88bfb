"""Conditions that can be true on frame after frame, and those that only a frame with a change makes true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from securos_trigger.analytics.declarations import FIELDS_OF_ONE_FRAME
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.paths import path_steps
from securos_trigger.conditions.sample import Miss
from securos_trigger.conditions.syntax import Comparison, Junction, Literal, Node, Not, Path, Step, Wildcard, path_text
from securos_trigger.conditions.truth import Truth, truth_of
from securos_trigger.config.known_metadata import KnownMetadata
from securos_trigger.model import TriggerMode
from securos_trigger.trigger.properties import TriggerProperties

#: A shorter interval than this, in seconds, is none: sources have five to sixty frames in a second.
_SHORTEST_S: Final = 0.1


def is_flood(properties: TriggerProperties, known: KnownMetadata) -> bool:
    """Whether each frame of a long-lasting state would be an event. False when a path is not known."""
    if properties.interval >= _SHORTEST_S or properties.trigger_mode is not TriggerMode.LEVEL or not properties.enabled:
        return False
    tree = parse(properties.trigger or "")
    paths, sample = path_steps(tree), known.sample()
    is_known = all(not isinstance(sample.find(steps), Miss) for steps in paths)
    return bool(paths) and is_known and _can_last(tree, True, known, _at_rest(known.metadata, (), known))


def lasting_counts(text: str, known: KnownMetadata) -> Iterator[tuple[str, str, str]]:
    """The clauses that stay true once they are, each with its field and the one whose change means the same.

    Only "at least one" has such a field: `> 100` is reached once, and a change comes each time; empty there.
    `total_objects_crossed > 0` alone, or behind an `or`: it counts since the start.
    """
    tree = parse(text)
    is_or = isinstance(tree, Junction) and tree.operator == "or"
    for part in tree.operands if isinstance(tree, Junction) and is_or else (tree,):
        if not isinstance(part, Comparison) or len(part.operators) != 1:
            continue
        path, value = part.operands if part.operators[0] in (">", ">=") else part.operands[::-1]
        if part.operators[0] not in ("==", "!=") and isinstance(path, Path) and isinstance(value, Literal):
            fields = known.fields_at(path.steps) if path.variable is None else []
            if fields and all(field.change for field in fields):
                is_any = value.value == (1 if len(part.operators[0]) == 2 else 0)
                yield text[part.start : part.end], path_text(path.steps[-1:]), fields[0].change if is_any else ""


def _can_last(node: Node, wanted: bool, known: KnownMetadata, rest: dict[str, Any]) -> bool:
    """Whether a part of a condition can be `wanted` while no frame brings a change. `rest` is the metadata then."""
    if isinstance(node, Not):
        return _can_last(node.operand, not wanted, known, rest)
    if isinstance(node, Junction):
        parts = [_can_last(part, wanted, known, rest) for part in node.operands]
        return all(parts) if (node.operator == "and") == wanted else any(parts)
    are_brief = [_is_brief(steps, known) for steps in path_steps(node)]
    if all(are_brief):
        return truth_of(evaluator(node)((rest,))) is (Truth.TRUE if wanted else Truth.FALSE)
    return not any(are_brief)


def _at_rest(value: Any, steps: tuple[str, ...], known: KnownMetadata) -> Any:
    """The metadata of a frame on which nothing changes: no item in a list of one frame, 0 for a number."""
    if steps and _is_brief(steps, known):
        return [] if isinstance(value, list) else 0 if isinstance(value, int | float) else None
    if not isinstance(value, dict):
        return value
    inside = {key: _at_rest(below, (*steps, key), known) for key, below in value.items()}
    return {key: below for key, below in inside.items() if below is not None or value[key] is None}


def _is_brief(steps: Sequence[Step], known: KnownMetadata) -> bool:
    """True for a path whose values are those of one frame, or of one message of an input."""
    is_of_one_message = known.is_open_place(steps) and tuple(steps[:1]) == ("nodes",)
    return is_of_one_message or any(map(_is_of_one_frame, steps))


def clause_of_one_frame(text: str) -> str:
    """A clause that must be true, and is so only on a frame with a change: `x_delta > 0`. Empty: there is none."""
    tree = parse(text)
    is_all = isinstance(tree, Junction) and tree.operator == "and"
    for part in tree.operands if isinstance(tree, Junction) and is_all else (tree,):
        if not isinstance(part, Comparison) or len(part.operators) != 1:
            continue
        path, value = part.operands
        is_delta = isinstance(path, Path) and isinstance(value, Literal) and any(map(_is_of_one_frame, path.steps))
        at_rest = Comparison((Literal(0, 0, 0), value), part.operators, 0, 0)
        if is_delta and truth_of(evaluator(at_rest)(({},))) is Truth.FALSE:
            return text[part.start : part.end]
    return ""


def _is_of_one_frame(step: Step) -> bool:
    return step.pattern.endswith("_delta") if isinstance(step, Wildcard) else _is_delta(step)


def _is_delta(step: Step) -> bool:
    return step in FIELDS_OF_ONE_FRAME or (isinstance(step, str) and step.endswith("_delta"))
