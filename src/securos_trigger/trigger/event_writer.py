"""Makes the event of a trigger node: its id, its texts from templates, who, where and when.

Pure: what it is given decides what comes out, but for the random id of an event that has no upstream id.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from securos_trigger.metadata import UpstreamEvent
from securos_trigger.model import Box, Event, Flag, Metadata, Moment
from securos_trigger.model.event_texts import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, clean_text
from securos_trigger.system.platform import run_in_forked_child
from securos_trigger.trigger.asked_action import action_of
from securos_trigger.trigger.boxes import BoxFinder, FrameSize
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.prepared_text import text_of
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.texts import FixedText, Rendering

if TYPE_CHECKING:
    from securos_trigger.trigger.templates import Template

#: Root of the ids that are derived from upstream nodes' events.
EVENT_ID_NAMESPACE = uuid.UUID("6f0b7c52-6a2e-5d0f-9f55-1f0c3c1f7a10")

_NO_FLAGS: frozenset[Flag] = frozenset()
# A random UUID (RFC 9562) is random but for six bits. `uuid.UUID` would take a tenth of the time of an event.
_VERSION_4 = 4 << 76 | 2 << 62
_FREE_BITS = ~(0xF << 76 | 3 << 62)

# Where fresh event ids come from. The system's own source would let another thread run in the middle of a frame, and
# the common generator may be seeded by the code of a pipeline, which would make the same ids on every run.
_chance = random.Random()
run_in_forked_child(_chance.seed)


class EventWriter:
    """Makes events: renders their texts, and stamps them with who, where and when."""

    def __init__(self, properties: TriggerProperties, context: Context) -> None:
        self._properties = properties
        self._context = context
        shown = [name for name in Context.__dataclass_fields__ if name not in ("time_zone", "pipeline")]
        self._fixed = {name: getattr(context, name) for name in shown}
        self._fallback_name = f"Event of {context.node_id}"
        self._name = text_of(properties.event_name, MAX_NAME_CHARACTERS, self._fallback_name)
        self._description = text_of(
            properties.event_description,
            MAX_DESCRIPTION_CHARACTERS,
            "(the description's template failed on this frame)",
        )
        sends_boxes = properties.send_bounding_boxes
        self._box_finder = BoxFinder(properties.bounding_box_object_filter) if sends_boxes else None

    def custom(self, metadata: Metadata, moment: Moment, frame_size: FrameSize | None = None) -> Event:
        """The event of a true condition, with a fresh id."""
        variables = self.variables(metadata, moment)
        name = _render(self._name, variables, metadata)
        if not name.text:
            name = Rendering(self._fallback_name, name.has_undefined, "the name is empty")
        description = _render(self._description, variables, metadata)
        return self._event(_fresh_id(), moment, name, description, self._boxes(metadata, frame_size, None))

    def built_in(
        self, upstream: UpstreamEvent, metadata: Metadata, moment: Moment, frame_size: FrameSize | None = None
    ) -> Event:
        """The event of an upstream node's event: its name, and its description unless ours is set."""
        name = Rendering(clean_text(upstream.name, MAX_NAME_CHARACTERS) or upstream.node_id)
        if self._description is None:
            description = Rendering(clean_text(upstream.description, MAX_DESCRIPTION_CHARACTERS))
        else:
            variables = self.variables(metadata, moment) | {"event": upstream.record}
            description = _render(self._description, variables, metadata)
        boxes = self._boxes(metadata, frame_size, upstream.record)
        event = self._event(self._derived_id(upstream, moment), moment, name, description, boxes)
        if "asked_action" not in upstream.record:
            return event
        action, duration_s = action_of(upstream.record, event.action, event.record_duration_s)
        return replace(event, action=action, record_duration_s=duration_s)

    def _boxes(
        self, metadata: Metadata, frame_size: FrameSize | None, record: Mapping[str, Any] | None
    ) -> tuple[Box, ...]:
        return () if self._box_finder is None else self._box_finder.find(metadata, frame_size, record)

    def variables(self, metadata: Metadata, moment: Moment) -> dict[str, Any]:
        """What templates may name beside the metadata's own top level."""
        variables: dict[str, Any] = {**self._fixed, "meta": metadata, "source_name": moment.source_name}
        if moment.captured_at is not None:
            variables["frame_time"] = moment.captured_at
        return variables

    def _derived_id(self, upstream: UpstreamEvent, moment: Moment) -> str:
        """The same for the same event of the same start of a source; another for any other.

        Upstream ids may be counters that begin at one in each pipeline and at each start, and pipelines may call their
        nodes alike: so the cameras, the source and its start are part of it.
        """
        if upstream.event_id is None:
            return _fresh_id()
        parts = (
            self._context.deployment_id,
            self._context.node_id,
            self._properties.iss_camera_ids or "",
            moment.source_name,
            moment.start,
            upstream.node_id,
            upstream.event_id,
            f"{moment.at:.3f}",
        )
        seed = "\x1f".join(parts).encode("utf-8", "replace").decode("utf-8")
        return str(uuid.uuid5(EVENT_ID_NAMESPACE, seed))

    def _event(
        self, event_id: str, moment: Moment, name: Rendering, description: Rendering, boxes: tuple[Box, ...]
    ) -> Event:
        flags = set()
        if name.error or description.error:
            flags.add(Flag.TEMPLATE_ERROR)
        if name.has_undefined or description.has_undefined:
            flags.add(Flag.UNDEFINED)
        return Event(
            event_id=event_id,
            node_id=self._context.node_id,
            deployment_id=self._context.deployment_id,
            name=name.text,
            description=description.text,
            camera_ids=self._properties.camera_ids,
            action=self._properties.iss_action,
            record_duration_s=self._properties.record_duration,
            at=moment.at,
            captured_at=moment.captured_at,
            flags=frozenset(flags) if flags else _NO_FLAGS,
            boxes=boxes,
            box_color=(self._properties.bounding_box_color or "") if boxes else "",
            pipeline=self._context.pipeline,
        )


def _fresh_id() -> str:
    """A random UUID (version 4) that no other event has, in this process, in one forked from it or in a later one."""
    digits = f"{_chance.getrandbits(128) & _FREE_BITS | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _render(text: Template | FixedText | None, variables: Mapping[str, Any], metadata: Metadata) -> Rendering:
    return Rendering("") if text is None else text.render(variables, metadata)
