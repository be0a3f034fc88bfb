"""Finds the trigger nodes that can raise no event, whatever the video shows: what they ask for is written nowhere.

Said only where it is certain: the source is video alone, no code of the user stands before the node, and what the
condition demands is read from nodes that have nothing to work on, or from no node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from securos_trigger.analytics.declarations import DECLARATIONS, Need, add_example
from securos_trigger.analytics.settings import EventSettings
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.paths import path_steps
from securos_trigger.conditions.sample import Miss, Sample
from securos_trigger.conditions.syntax import Junction, Node, Step
from securos_trigger.conditions.truth import truth_of
from securos_trigger.config.settings import PipelineSettings, TriggerSettings
from securos_trigger.errors import Mistake
from securos_trigger.model import EventSource

NEVER_FIRES: Final = "this node can never raise an event as it stands"
_FIX: Final = "First fix the other warnings about this node and about the nodes before it."


def never_firing(pipeline: PipelineSettings) -> dict[int, Mistake]:
    """The trigger nodes of a pipeline that can never fire, by their number among its nodes."""
    if pipeline.has_input:
        return {}
    written, found = _Written(), dict[int, Mistake]()
    for index, node in enumerate(pipeline.nodes):
        if not isinstance(node, TriggerSettings):
            written.add(node)
        elif node.properties.enabled and not written.is_open and not _can_fire(node, written):
            is_built_in = node.properties.event_source is EventSource.BUILT_IN
            found[index] = Mistake("event_source" if is_built_in else "trigger", NEVER_FIRES, _FIX)
    return found


def _can_fire(trigger: TriggerSettings, written: _Written) -> bool:
    properties = trigger.properties
    if properties.event_source is EventSource.BUILT_IN:
        return written.raises_events
    return properties.trigger is None or written.can_be_true(properties.trigger)


class _Written:
    """What the nodes so far write. `at_rest` shows it where a node has nothing to work on: numbers 0, lists empty."""

    def __init__(self) -> None:
        self.is_open = self.raises_events = False
        self._given = {Need.NOTHING, Need.IMAGE}
        self._seen: dict[str, Any] = {}
        self._at_rest: dict[str, Any] = {}

    def add(self, node: Any) -> None:
        """Go past an analytics node."""
        declared = DECLARATIONS[node.type]
        self.is_open = self.is_open or declared.is_open
        if declared.need not in self._given:
            example: dict[str, Any] = {}
            add_example(example, node)
            self._at_rest.update(_resting(example).get("nodes", {}))
            return
        if not isinstance(node, EventSettings):
            add_example(self._seen, node)
        elif self.is_open or self.can_be_true(node.condition):
            add_example(self._seen, node)
            self.raises_events = True
        if node.type == "detector":
            tracks = self._given & {Need.TRACKS} if node.every > 1 else set()  # the frames between keep theirs
            self._given = {Need.NOTHING, Need.IMAGE, Need.OBJECTS, *tracks}
        elif node.type == "tracker":
            self._given |= {Need.TRACKS}

    def can_be_true(self, condition: str) -> bool:
        """False when the condition, or a part of it that must be true, reads only what never changes, and is not."""
        tree = parse(condition)
        is_all = isinstance(tree, Junction) and tree.operator == "and"
        parts = tree.operands if isinstance(tree, Junction) and is_all else (tree,)
        return not any(map(self._is_never, parts))

    def _is_never(self, part: Node) -> bool:
        paths = list(path_steps(part))
        if not paths or any(map(self._is_live, paths)):
            return False
        return not truth_of(evaluator(part)(({"nodes": self._at_rest},)))

    def _is_live(self, steps: Sequence[Step]) -> bool:
        sample = Sample()
        sample.add(self._seen)
        return not isinstance(sample.find(tuple(steps)), Miss)


def _resting(value: Any) -> Any:
    """A value of a node that finds nothing."""
    if isinstance(value, dict):
        return {key: _resting(below) for key, below in value.items()}
    if isinstance(value, list):
        return []
    return 0 if isinstance(value, int | float) else value
