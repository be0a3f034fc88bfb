"""The parser for JSON of any form: it reads messages by their mappings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, Final

from securos_trigger.errors import MessageError
from securos_trigger.inputs.boxes import Box, BoxForm, Canvas, box_from, canvas_from
from securos_trigger.inputs.camera_map import names_in
from securos_trigger.inputs.form_parts import json_part
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.mapping import MessageMapping, ObjectMapping, searched
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.source_names import source_of_url
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.topic_patterns import TopicPattern
from securos_trigger.inputs.values import (
    MAX_NAMES,
    MAX_TEXT,
    kept,
    number,
    object_id,
    read_json,
    read_text,
    required_list,
    share,
    shown,
    table,
    text,
    texts,
    whole,
)

#: Names of the four numbers of a box that is an object, and what they are.
_NAMED_RECTS: Final = (
    (("left", "top", "width", "height"), BoxForm.CORNER_SIZE),
    (("left", "top", "right", "bottom"), BoxForm.CORNERS),
    (("x1", "y1", "x2", "y2"), BoxForm.CORNERS),
    (("xmin", "ymin", "xmax", "ymax"), BoxForm.CORNERS),
    (("x_min", "y_min", "x_max", "y_max"), BoxForm.CORNERS),
    (("xc", "yc", "width", "height"), BoxForm.CENTRE),
    (("cx", "cy", "w", "h"), BoxForm.CENTRE),
    (("x", "y", "w", "h"), None),
    (("x", "y", "width", "height"), None),
)
_BETWEEN_LABELS: Final = re.compile(r"[,;|]")
_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%?")
_REPEATED_COMMA: Final = re.compile(rb",\s*(?=[,}\]])")


class MappedParser:
    """Reads messages by the first mapping that fits: its topic, its `when`."""

    def __init__(
        self, mappings: Sequence[MessageMapping], *, cameras: Iterable[str], values: Mapping[str, str] | None = None
    ) -> None:
        self._cameras = names_in(cameras)
        self._mappings = [(one, TopicPattern(one.topic, values or {}, self._cameras)) for one in mappings]

    def read(self, message: Message) -> Iterable[Reading]:
        """What one message says."""
        candidates = sorted(self._candidates(message), key=lambda one: one[2])
        if not candidates:
            return [Reading(says=Says.NOT_FOR_US, why=f"no mapping has the topic {shown(message.topic)}")]
        bodies: dict[str, Any] = {}  # read once, however many mappings look into it
        for mapping, places, _ in candidates:
            if mapping.result == "ignored" and mapping.when is None:
                return [Reading(says=Says.NOT_FOR_US, source=places.get("camera"), why="left out by its mapping")]
            if mapping.body not in bodies:
                bodies[mapping.body] = _body(message, mapping.body)
            body = bodies[mapping.body]
            if mapping.when is None or searched(mapping.when, body):
                return [MappedMessage(mapping, places, body, message, self._cameras).reading()]
        return [Reading(says=Says.NOT_FOR_US, why="no mapping has a `when` that is true for it")]

    def _candidates(self, message: Message) -> Iterable[tuple[MessageMapping, dict[str, str], int]]:
        """The mappings for the topic, and their rank: one that finds a known camera, any other, one without topic."""
        for mapping, pattern in self._mappings:
            if not mapping.topic:
                yield mapping, {}, 2
            elif (found := pattern.match(message.topic)) is not None:
                yield mapping, found[0], 0 if found[1] or "{camera}" not in mapping.topic else 1


def _body(message: Message, form: str) -> Any:
    if form == "text":
        return read_text(message.body)
    body = json_part(message)
    try:
        return message.document if body is message.body else read_json(body)
    except MessageError:
        if form == "auto":
            return read_text(body)
        repaired = _REPEATED_COMMA.sub(b"", body)  # a template whose macro was empty
        if repaired == body:
            raise
        return read_json(repaired)


def parser_of(mappings: Sequence[MessageMapping]) -> Callable[[InputSettings], MappedParser]:
    """The `make_parser` of a kind with mappings of its own. `{base_topic}` in them is the setting of that name."""

    def make(settings: InputSettings) -> MappedParser:
        base_topic = str(getattr(settings, "base_topic", "")).strip("/")
        return MappedParser(mappings, cameras=settings.cameras, values={"base_topic": base_topic})

    return make


class MappedMessage:
    """One message together with the mapping that reads it."""

    def __init__(
        self, mapping: MessageMapping, places: Mapping[str, str], body: Any, message: Message, cameras: Set[str]
    ) -> None:
        self._mapping = mapping
        self._places = places
        self._body = body
        self._message = message
        named = text(searched(mapping.source, body)) or places.get("camera")
        by_url = source_of_url(message.url) if not named else None
        # An address names the input where the camera should have been in the body, unless it is that of a camera.
        self._source = named or (by_url if mapping.source is None or by_url in cameras else None)
        self._canvas = _canvas(searched(mapping.size, body))

    def reading(self) -> Reading:
        """What the message says."""
        mapping = self._mapping
        if mapping.result == "health":
            word = self._state(mapping.health or "@").lower()
            return self._with(Says.LEVEL, about="health", health="online" if word in mapping.online else word[:40])
        if mapping.result == "frame":
            return self._frame()
        if mapping.result == "switch":
            return self._switch()
        return self._with({"level": Says.LEVEL, "ignored": Says.NOT_FOR_US}.get(mapping.result, Says.MOMENT))

    def _state(self, expression: str | None) -> str:
        found = searched(expression, self._body)
        return str(found).lower() if isinstance(found, bool) else (text(found) or "").strip()

    def _frame(self) -> Reading:
        found = searched(self._mapping.objects, self._body)
        items = required_list(found if found is not None else [], f"`{self._mapping.objects}`")
        things = [self._thing(item) for item in items]
        kept_things = tuple(one for one in things if one.label not in self._mapping.without_labels)
        return self._with(Says.FRAME, objects=kept_things, identity=f"frame|{self._source or ''}")

    def _thing(self, item: Any) -> Thing:
        mapping = self._mapping
        label, probability = _label(mapping, item)
        attributes = table(kept(searched(mapping.attributes, item)))
        return Thing(
            label=label,
            id=object_id(searched(mapping.id, item)),
            probability=probability,
            box=_box(mapping, searched(mapping.rect, item), self._canvas),
            zones=texts(searched(mapping.zones, item)),
            attributes={name: one for name, one in attributes.items() if one is not None},
        )

    def _switch(self) -> Reading:
        if searched(self._mapping.state, self._body) is None:
            raise MessageError("is missing, so that it is neither on nor off", f"`{self._mapping.state}`")
        word = self._state(self._mapping.state).lower()
        if word in self._mapping.on:
            return self._with(Says.HERE)
        if word in self._mapping.off:
            return self._with(Says.ENDED)
        if word in ("unavailable", "unknown", "null"):
            return self._with(Says.LEVEL, about="health", health="unavailable")
        raise MessageError(f"{shown(word)} is neither on nor off", f"`{self._mapping.state}`")

    def _with(self, says: Says, **more: Any) -> Reading:
        """The reading with what all messages have."""
        mapping, body = self._mapping, self._body
        at = instant(searched(mapping.time, body), mapping.time_unit)
        facts = self._facts() if mapping.result in ("switch", "event") else {}
        extra = {name: kept(found) for name, one in mapping.keep.items() if (found := searched(one, body)) is not None}
        key = text(searched(mapping.key, body)) or ""
        fields: dict[str, Any] = {
            "says": says,
            "source": self._source,
            "channel": text(searched(mapping.channel, body)) or "",
            "at": at,
            "key": key or (self._message.digest if at is not None and says in (Says.FRAME, Says.MOMENT) else ""),
            "canvas": self._canvas,
            "count": whole(searched(mapping.count, body)),
            "sub_label": text(searched(mapping.sub_label, body)),
            "plate": text(searched(mapping.plate, body)),
            "severity": text(searched(mapping.severity, body)),
            "more": {**({"rule": self._places["rule"]} if "rule" in self._places else {}), **extra},
        }
        fields |= facts
        fields |= more
        if says in (Says.HERE, Says.ENDED):
            names = ("count", "sub_label", "plate", "severity", *(("labels",) if mapping.label is not None else ()))
            fields["compared"] = {name: fields[name] for name in names if fields.get(name) is not None}
        return Reading(**fields)

    def _facts(self) -> dict[str, Any]:
        """Labels, zones, boxes and identity of a thing that is not in a frame."""
        mapping, places = self._mapping, self._places
        found = searched(mapping.objects, self._body) if mapping.objects is not None else [self._body]
        items = required_list(found if found is not None else [], f"`{mapping.objects}`")
        things = [self._thing(one) for one in items]
        labels = [places["label"]] if "label" in places else [name for one in items for name in _labels(mapping, one)]
        zones = [places["zone"]] if "zone" in places else [zone for one in things for zone in one.zones]
        ids = tuple(str(one.id) for one in things if one.id is not None)
        named = text(searched(mapping.identity, self._body))
        own = [named] if named else [places.get("rule", ""), *zones[:8], *labels[:8]]
        return {
            "labels": tuple(dict.fromkeys(labels)) or None,
            "zones": tuple(dict.fromkeys(zones)) or None,
            "object_ids": ids or None,
            "boxes": tuple(one.box for one in things if one.box is not None),
            "probability": next((one.probability for one in things if one.probability is not None), None),
            "identity": "|".join([mapping.topic, self._source or "", *own]),
        }


def _labels(mapping: ObjectMapping, item: Any) -> list[str]:
    """The label, or those of a text that lists several: `person:87%,car:71%`."""
    written = searched(mapping.label, item)
    several = mapping.label_form == "name_percent" and isinstance(written, str)
    pairs = _labels_with_percent(written[:MAX_TEXT]) if several else []
    return [name for name, _ in pairs[:MAX_NAMES]] or [one for one in [text(written)] if one]


def _labels_with_percent(written: str) -> list[tuple[str, str | None]]:
    """The labels of `person:87%, car:71%`, each with its percent, where it has one; empty: none has.

    A part with a sign and no percent, as `note: see 5 dogs`, is no label.
    """
    pairs = [found for part in _BETWEEN_LABELS.split(written) if (found := _label_with_percent(part)) is not None]
    return pairs if any(percent is not None for _, percent in pairs) else []


def _label_with_percent(part: str) -> tuple[str, str | None] | None:
    sign = max(part.rfind(":"), part.rfind("="))
    percent = _PERCENT.fullmatch(part[sign + 1 :].strip()) if sign >= 0 else None
    name = (part if percent is None else part[:sign].rpartition(":")[2]).strip()
    is_label = name and (percent is not None or sign < 0)
    return (name, None if percent is None else percent[1]) if is_label else None


def _label(mapping: ObjectMapping, item: Any) -> tuple[str, float | None]:
    written = text(searched(mapping.label, item)) or ""
    probability = share(searched(mapping.probability, item), 100.0 if mapping.probability_unit == "percent" else 1.0)
    if mapping.label_form == "name_percent" and (pairs := _labels_with_percent(written)):
        label, percent = pairs[0]
        return label, probability if probability is not None else share(percent, 100.0)
    return written, probability


def _box(mapping: ObjectMapping, found: Any, canvas: Canvas | None) -> Box | None:
    if isinstance(found, dict):
        names, form = next((one for one in _NAMED_RECTS if all(name in found for name in one[0])), ((), None))
        four, form = [number(found[name]) for name in names], form or mapping.rect_form
    elif isinstance(found, list):
        four, form = [number(one) for one in found[:5]], mapping.rect_form
    else:
        return None
    return box_from(four, form, mapping.rect_unit, canvas=canvas, is_y_up=mapping.is_y_up)


def _canvas(found: Any) -> Canvas | None:
    if isinstance(found, dict):
        return canvas_from(number(found.get("width")), number(found.get("height")))
    return canvas_from(number(found[0]), number(found[1])) if isinstance(found, list) and len(found) == 2 else None
