"""ONVIF's events: a topic, what it is about (Source, Key), and what is said (Data). The same in XML and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from securos_trigger.inputs.happening import Reading, Says
from securos_trigger.inputs.onvif.topics import is_of_the_device, is_video_loss
from securos_trigger.inputs.values import MAX_NAMES, MAX_TEXT, texts, whole
from securos_trigger.inputs.xml_trees import attribute, children, content

# Names of items that say on or off, in small letters, the most exact first.
_STATES: Final = (
    *("ismotion", "isinside", "isloitering", "state", "logicalstate", "active", "issounddetected", "istamper"),
    *("triggered", "detected", "open", "failed", "value"),
)
_ON: Final = frozenset({"true", "1", "on", "active", "yes"})
_OFF: Final = frozenset({"false", "0", "off", "inactive", "no"})
# Kinds of names for one camera: that of its configuration, and that of its source.
_CHANNELS: Final = (
    ("VideoSourceConfigurationToken", "configuration"),
    ("VideoSourceConfiguration", "configuration"),
    ("VideoSourceToken", "source"),
    ("VideoSource", "source"),
    ("Source", "source"),
)
_RULES: Final = ("Rule", "RuleName")
_OBJECT_IDS: Final = ("ObjectId", "ObjectID", "objectId")
_CLASSES: Final = ("ClassTypes", "ClassType", "classTypes", "Class")
_PLATES: Final = ("PlateNumber", "LicensePlate", "Plate", "PlateText")
_COUNTS: Final = ("Count", "total", "Total")
_WORDS: Final = re.compile(r"[\s,;]+")
_LONGEST_TOPIC: Final = 400
_LONGEST_VALUE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OnvifEvent:
    """One event. `operation` is Initialized, Changed, Deleted, or empty. `identity` replaces topic, Source and Key."""

    topic: str
    operation: str = ""
    at: float | None = None
    source: Mapping[str, str] = field(default_factory=dict)
    key: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""

    @property
    def named(self) -> str:
        """What names the thing: the topic without prefixes, Source and Key."""
        return self.identity or "|".join(("event", self.topic, _written(self.source), _written(self.key)))


def topic_without_prefixes(written: str) -> str:
    """`tns1:RuleEngine/tnsaxis:Motion` is RuleEngine/Motion."""
    steps = "".join(written[:_LONGEST_TOPIC].split()).strip("/").split("/")
    return "/".join(step.rpartition(":")[2] for step in steps)


def items(value: Any) -> dict[str, str]:
    """The items of a Source, a Key or a Data: of XML, of JSON, or of JSON that was made of XML."""
    if isinstance(value, list):
        return {name: one for part in value[:MAX_NAMES] for name, one in items(part).items()}
    if not isinstance(value, Mapping):
        return {}
    found: dict[str, str] = {}
    for one in children(value, "SimpleItem")[:MAX_NAMES]:
        if (name := attribute(one, "Name")) is not None:
            found[name] = (attribute(one, "Value") or "")[:_LONGEST_VALUE]
    for one in children(value, "ElementItem")[:MAX_NAMES]:
        found |= {name: one for name, one in _leaves(one).items() if name not in found}
    if found or "SimpleItem" in value or "ElementItem" in value:
        return found
    if (name := attribute(value, "Name")) is not None and ("Value" in value or "@Value" in value):
        return {name: attribute(value, "Value") or ""}
    return _leaves(value)


def _leaves(value: Any, depth: int = 0) -> dict[str, str]:
    """The texts below an element, by name."""
    found: dict[str, str] = {}
    for name, inner in list(value.items())[:MAX_NAMES] if isinstance(value, Mapping) and depth < 8 else ():
        if (written := content(inner)) is not None:
            found.setdefault(str(name)[:MAX_TEXT].lstrip("@"), written[:_LONGEST_VALUE])
        elif isinstance(inner, str):
            found.setdefault(str(name)[:MAX_TEXT].lstrip("@"), "")
        for one in children(value, name):
            found = {**_leaves(one, depth + 1), **found}
    return dict(list(found.items())[:MAX_NAMES])


def event_reading(event: OnvifEvent, source: str | None, *, why: str = "") -> Reading:
    """What an event says of a device (`source`)."""
    topic, data = event.topic, event.data
    value, says = _value(event)
    is_loss = value is not None and is_video_loss(topic)
    labels = _labels(event)
    plate = next((data[name] for name in _PLATES if data.get(name)), None)
    ids = tuple(dict.fromkeys(one[name] for one in (event.key, data) for name in _OBJECT_IDS if one.get(name)))
    count = next((whole(data[name]) for name in _COUNTS if name in data), None)
    channel, channel_kind = channel_of(event.source)
    more = {
        "topic": topic,
        "rule": next((event.source[name] for name in _RULES if event.source.get(name)), None),
        "value": value,
        "operation": event.operation or None,
        "data": dict(data),
        "source_items": dict(event.source),
    }
    changing = {"labels": labels, "plate": plate}
    return Reading(
        says=says,
        source=source,
        channel=channel,
        channel_kind=channel_kind,
        identity=event.named,
        about="health" if is_loss else "event",
        health=("lost" if value else "alive") if is_loss else None,
        compared={name: one for name, one in changing.items() if one} if says is Says.HERE else {},
        key=f"{event.at}|{_written(data)}" if says is Says.MOMENT and event.at is not None else "",
        is_here=value is not False,
        at=event.at,
        labels=labels or None,
        object_ids=ids or None,
        plate=plate,
        count=count,
        more={name: one for name, one in more.items() if one is not None},
        why=why,
    )


def _value(event: OnvifEvent) -> tuple[bool | None, Says]:
    """The on or off that an event says, and what that is. Without it: a moment, or a thing that its Key names."""
    topic, operation = event.topic, event.operation.lower()
    value = None if topic.endswith("/Crossed") else on_or_off(event.data)
    if value is None and topic.endswith("ObjectDetection/Object"):
        value = bool(_labels(event))
    if is_of_the_device(topic):
        return value, Says.LEVEL
    if operation == "deleted":
        return value, Says.ENDED
    if operation == "initialized":
        return value, Says.AS_IS
    if value is not None:
        return value, Says.HERE if value else Says.ENDED
    if any(name in event.data for name in _COUNTS):
        return None, Says.LEVEL
    return None, Says.HERE if operation == "changed" and event.key else Says.MOMENT


def on_or_off(data: Mapping[str, str]) -> bool | None:
    """What the items say: true or 1, false or 0; None: nothing of the kind."""
    by_small = {name.lower(): name for name in data}
    named = [by_small[name] for name in _STATES if name in by_small]
    alike = [name for name in data if name not in named and re.match(r"[Ii]s[A-Z]", name)]
    for name in (*named, *alike):
        word = data[name].strip().lower()
        if word in _ON or word in _OFF:
            return word in _ON
    words = [one.strip().lower() for one in data.values()]
    return next((one == "true" for one in words if one in ("true", "false")), None)


def _labels(event: OnvifEvent) -> tuple[str, ...]:
    written = next((event.data[name] for name in _CLASSES if event.data.get(name)), "")
    return texts([one for one in _WORDS.split(written) if one])


def channel_of(source: Mapping[str, str]) -> tuple[str, str]:
    """The camera of the device that the items of Source name, and the kind of that name; empty: none."""
    return next(((source[name], kind) for name, kind in _CHANNELS if source.get(name)), ("", ""))


def _written(values: Mapping[str, str]) -> str:
    return ",".join(f"{name}={values[name]}" for name in sorted(values))
