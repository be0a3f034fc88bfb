"""What the nodes before a place in a pipeline write, as far as their settings show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from securos_trigger.analytics.declarations import DECLARATIONS, Need, NodeField, add_example, written_fields
from securos_trigger.analytics.labels import known_labels
from securos_trigger.analytics.settings import DetectorSettings, EventSettings
from securos_trigger.conditions.sample import Sample
from securos_trigger.conditions.syntax import Step, Wildcard
from securos_trigger.config.settings import TriggerSettings


class KnownMetadata:
    """The metadata of one pipeline, grown node by node.

    `is_open`: code of the user stands before, which may write anything. `kept` and `model_labels` are the labels that
    objects can have, and those that the detector's model knows; empty when that is not known.
    """

    def __init__(self, nodes: Sequence[Any]) -> None:
        self.metadata: dict[str, Any] = {}
        self.is_open = False
        self.is_empty = True
        self.raises_events = False
        self.detector_id = ""
        self.tracker_id = ""
        #: A node since the last detector works with its objects.
        self.are_objects_read = False
        self.kept: tuple[str, ...] = ()
        self.model_labels: tuple[str, ...] = ()
        #: What the events of the nodes before are called, by the id of the node.
        self.event_names: dict[str, str] = {}
        self.zone_labels: dict[str, tuple[str, ...]] = {}
        self.has_no_images = False
        #: Width and height of the frames in pixels, where the settings say them.
        self.frame_size: tuple[int, int] | None = None
        #: Places below which an input may write any key.
        self.open_places: tuple[tuple[str, ...], ...] = ()
        #: What is known of the numbers at a place; `[]` in its steps stands for each item of a list.
        self.fields: dict[tuple[str, ...], NodeField] = {}
        self.later = [node for node in nodes if not isinstance(node, TriggerSettings)]
        self._given = {Need.NOTHING, Need.IMAGE}

    def has(self, need: Need) -> bool:
        """Whether a node with this need can work here."""
        return self.is_open or need in self._given

    def begin_with_input(self, metadata: dict[str, Any]) -> None:
        """Begin with what an input writes before any node: `metadata` shows it, with example values."""
        self.metadata = metadata
        self.is_empty = False
        self.raises_events = self.has_no_images = True
        parts = ("zones", "message", "events")
        self.fields[("objects", "[]", "probability")] = NodeField("objects[].probability", 0.9, "", least=0, most=1)
        self.open_places = (("objects",), *(("nodes", name, part) for name in metadata["nodes"] for part in parts))
        self._given = {Need.NOTHING, Need.OBJECTS, Need.TRACKS}

    def is_open_place(self, steps: Sequence[object]) -> bool:
        """True below a place where an input may write any key."""
        return any(tuple(steps[: len(place)]) == place for place in self.open_places)

    def add(self, node: Any) -> None:
        """Go past an analytics node."""
        declared = DECLARATIONS[node.type]
        self.later = self.later[1:]
        self.is_open = self.is_open or declared.is_open
        self.is_empty = self.is_empty and not (declared.fields or declared.is_open)
        add_example(self.metadata, node)
        self.fields.update(written_fields(node))
        if isinstance(node, DetectorSettings):
            self.detector_id = node.id
            self.are_objects_read = False
            self.model_labels = known_labels(node)
            self.kept = tuple(node.keep) or self.model_labels
            self._given = {Need.NOTHING, Need.IMAGE, Need.OBJECTS}
        elif node.type == "tracker":
            self._given = self._given | {Need.TRACKS}
            self.tracker_id = node.id
        elif isinstance(node, EventSettings):
            self.raises_events = True
            self.event_names[node.id] = node.event_type
        elif declared.need is Need.TRACKS and node.labels:
            self.zone_labels[node.id] = tuple(node.labels)
        place = ("objects", "[]", "class_id")
        if self.model_labels and place in self.fields:
            self.fields[place] = replace(self.fields[place], most=len(self.model_labels) - 1)

    def sample(self) -> Sample:
        """What a frame looks like here."""
        sample = Sample()
        sample.add(self.metadata)
        return sample

    def fields_at(self, steps: Sequence[Step]) -> list[NodeField]:
        """What is declared of the values that a path leads to; nothing behind code of the user, which may write any."""
        if self.is_open:
            return []
        return [field for place, field in self.fields.items() if _leads_to(steps, place)]

    def is_whole(self, steps: Sequence[Step]) -> bool:
        """Whether a path leads to whole numbers only, as a count is. False where that is not known."""
        fields = self.fields_at(steps)
        return bool(fields) and all(type(field.example) is int for field in fields)

    def labels_below(self, node_id: str | None) -> tuple[str, ...]:
        """The labels that objects can have in a node's zones, or in `objects` (None); empty when that is not known."""
        if self.is_open:
            return ()
        own = self.zone_labels.get(node_id or "", ())
        return tuple(label for label in self.kept if label in own) if own else self.kept


def _leads_to(steps: Sequence[Step], place: Sequence[str]) -> bool:
    return len(steps) == len(place) and all(map(_is_step_of, steps, place))


def _is_step_of(step: Step, key: str) -> bool:
    if key == "[]":
        return isinstance(step, int) or (isinstance(step, Wildcard) and step.matches("0")) or str(step).isdecimal()
    return step.matches(key) if isinstance(step, Wildcard) else step == key
