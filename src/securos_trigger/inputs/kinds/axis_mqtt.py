"""Axis over MQTT: the event bridge, AXIS Object Analytics among its events, and scene metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from msgspec.structs import replace
from pydantic import Field

from securos_trigger.errors import MessageError
from securos_trigger.inputs.camera_map import names_in
from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.kinds.axis_scene import frame_reading, track_reading
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.onvif.events import OnvifEvent, event_reading, items, topic_without_prefixes
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.times import TimeUnit, instant
from securos_trigger.inputs.values import required_table, table, text, texts, whole

_ANALYTICS: Final = "ObjectAnalytics"
_NOISE: Final = "xinternal_data"
_SCENARIO: Final = re.compile(r"Device(\d+)Scenario(\w+)")
_WORDS: Final = re.compile(r"[\s,;]+")


class AxisMqttSettings(InputSettings):
    """Axis devices that publish to a broker."""

    type: Literal["axis-mqtt"] = "axis-mqtt"
    serial: str = Field(
        "", max_length=200, description="Name of the device, for messages that name none, neither inside nor by topic."
    )

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """The topics of a device whose prefix is left as it is."""
        return ("axis/#",)


class AxisMqttParser:
    """Reads events, frames and finished tracks."""

    def __init__(self, settings: AxisMqttSettings) -> None:
        self._serial = settings.serial
        self._known = names_in(settings.cameras)

    def read(self, message: Message) -> Iterable[Reading]:
        """What one message says."""
        source = self._by_topic(message.topic)
        if not message.body.strip():
            return [
                Reading(says=Says.NOT_FOR_US, source=source, why="an empty message: the retained message was deleted")
            ]
        body = required_table(message.document)
        source = text(body.get("serial")) or source
        if isinstance(body.get("message"), dict):
            return [_event(body, message.topic, source)]
        if isinstance(body.get("frame"), dict):  # the beta form
            return [frame_reading(table(body["frame"]), body, source, message.digest)]
        if "detections" in body or "track_events" in body or "observations" in body:
            return [frame_reading(body, body, source, message.digest)]
        if "id" in body and any(name in body for name in ("classes", "path", "parts", "end_time")):
            return [track_reading(body, source)]
        if "timestamp" in body and "channel_id" in body:  # absent rather than empty: nothing is there
            return [frame_reading(body, body, source, message.digest)]
        raise MessageError("neither an event (message), nor a frame (detections), nor an object track (id, path)")

    def _by_topic(self, topic: str) -> str | None:
        """The level of the topic that the camera map knows, else the one before `event`, else the setting."""
        steps = topic.split("/")
        known = next((step for step in steps if step in self._known), None)
        before = steps[steps.index("event") - 1] if "event" in steps[1:] else None
        return known or before or self._serial or (steps[1] if len(steps) > 1 and steps[1] else None)


def _event(body: Mapping[str, Any], mqtt_topic: str, source: str | None) -> Reading:
    inner = table(body["message"])
    topic = topic_without_prefixes(text(body.get("topic")) or mqtt_topic.partition("/event/")[2])
    if not topic:
        raise MessageError("topic is missing")
    data = items(inner.get("data"))
    noise = data.pop(_NOISE, None)
    event = OnvifEvent(
        topic=topic,
        at=instant(body.get("timestamp"), TimeUnit.AUTO),
        source=items(inner.get("source")),
        key=items(inner.get("key")),
        data=data,
    )
    last = topic.rpartition("/")[2]
    if last == _NOISE or (noise is not None and not data):
        return Reading(says=Says.NOT_FOR_US, source=source, why=f"{_NOISE} is for the device itself")
    if _ANALYTICS in topic.split("/"):
        return _analytics(event, last, source)
    found = event_reading(event, source)
    return replace(found, identity=f"{source or ''}|{found.identity}", says=_says(last, found.says))


def _says(rule: str, says: Says) -> Says:
    """What a rule for any of several says, they have said themselves."""
    return Says.REPEATED if rule.endswith("ANY") else says


def _analytics(event: OnvifEvent, rule: str, source: str | None) -> Reading:
    """AXIS Object Analytics: `active` on and off; a scenario that counts has totals instead."""
    data = event.data
    found = event_reading(event, source)
    scenario = _SCENARIO.fullmatch(rule)
    labels = texts([one for one in _WORDS.split(data.get("classTypes", "")) if one])
    ids = texts([one for one in _WORDS.split(data.get("objectId", "")) if one])
    says = found.says if "total" not in data or "active" in data else Says.LEVEL
    totals = {name: whole(value) for name, value in data.items() if name.startswith("total")}
    more = {
        **found.more,
        "rule": rule,
        "scenario": data.get("scenarioType") or None,
        "reason": data.get("reason") or None,
        **{name: value for name, value in totals.items() if value is not None},
    }
    return replace(
        found,
        says=_says(rule, says),
        channel=scenario[1] if scenario else found.channel,
        channel_kind="" if scenario else found.channel_kind,
        identity=f"{source or ''}|{event.named}",
        compared={"object_ids": ids, "labels": labels} if says is Says.HERE else {},
        labels=labels or None,
        object_ids=ids or None,
        count=totals.get("total"),
        more={name: value for name, value in more.items() if value is not None},
    )


KIND = Kind(
    name="axis-mqtt",
    title="Axis over MQTT",
    settings=AxisMqttSettings,
    make_parser=AxisMqttParser,
    rules=Rules(unchanged=Verdict.DUPLICATE),
    fields=(
        InputField("topic", "CameraApplicationPlatform/…/Device1Scenario1", "`topic`", "Without prefixes."),
        InputField("rule", "Device1Scenario1", "the last step of `topic`; `Rule`", "The scenario or rule."),
        InputField("value", True, "`active`, `state` …", "On or off."),
        InputField("scenario", "ObjectInArea", "`scenarioType`", "Kind of the scenario."),
        InputField("labels", ["human"], "`classTypes`; the best of `classes`", "What it is."),
        InputField("object_ids", ["214"], "`objectId`; `id` of a track", "The device's ids."),
        InputField("count", 7, "`total`", "Of a scenario that counts. A state: it raises no event."),
        InputField("totalHuman", 3, "the same key", "And so for each class."),
        InputField("probability", 0.48, "`score` of the best class", "Of a finished track, 0 to 1."),
        InputField("duration", 5.5, "the same key", "Seconds that the object was seen."),
        InputField("colors", ["blue"], "`colors` of the best class", "The likeliest first."),
        InputField("objects[].label", "Human", "`class.type`", "Empty: no class (yet)."),
        InputField("objects[].id", "8e65…", "`object_track_id`", "The track."),
        InputField("objects[].probability", 0.7, "`class.score`", "0 to 1."),
        InputField("objects[].rect_fractions", [0.1, 0.2, 0.3, 0.4], "`bounding_box`", "Of the frame, y downwards."),
        InputField("objects[].part", True, "Head, LicensePlate", "A track of its own beside the person or vehicle."),
        InputField("ended_object_ids", ["8e65…"], "`track_events`: TrackEnded", "Tracks that are over."),
    ),
    losses=(
        "An object track comes after the object has left: count by it, and act on frames or scenarios.",
        "`Device1ScenarioANY` repeats each scenario and is left out.",
        "A head or a plate is a track of its own; a finished one is left out, so that one person counts once.",
        "Frames come when something happens: an object is gone when `ended_object_ids` has it, not when it is absent.",
    ),
)
