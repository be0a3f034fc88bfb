"""ONVIF over MQTT: events (`onvif-ej`) and frames of objects (`onvif-mj`), both as JSON."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal
from urllib.parse import unquote

from msgspec.structs import replace

from securos_trigger.errors import MessageError
from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.kinds.onvif_metadata import FRAME_FIELDS
from securos_trigger.inputs.kinds.onvif_pullpoint import EVENT_FIELDS
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.onvif.events import OnvifEvent, event_reading, items, topic_without_prefixes
from securos_trigger.inputs.onvif.frames import frame_reading
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import read_json, required_table, shown
from securos_trigger.inputs.xml_trees import attribute, child, children

_EVENTS: Final = "onvif-ej"
_FRAMES: Final = "onvif-mj"
_WRAPPERS: Final = ("MetadataStream", "MetaDataStream", "VideoAnalytics")
_MOST_TOPICS: Final = 5_000
_MOST_THINGS: Final = 100


class OnvifMqttSettings(InputSettings):
    """ONVIF devices that publish to a broker."""

    type: Literal["onvif-mqtt"] = "onvif-mqtt"

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """Events and frames below a prefix of one level or of two; others are to be set."""
        return tuple(f"{prefix}/{kind}/#" for prefix in ("+", "+/+") for kind in (_EVENTS, _FRAMES))


class OnvifMqttParser:
    """Reads events and frames. Remembers what each topic has said: its end is a message of zero bytes."""

    def __init__(self, settings: OnvifMqttSettings) -> None:
        self._known = {name.partition("#")[0] for name in settings.cameras}
        self._things: OrderedDict[str, dict[str, Reading]] = OrderedDict()

    def read(self, message: Message) -> Iterable[Reading]:
        """What one message says."""
        steps = message.topic.split("/")
        at = next((index for index, step in enumerate(steps) if step in (_EVENTS, _FRAMES)), None)
        if at is None:
            return [Reading(says=Says.NOT_FOR_US, why=f"no topic of ONVIF: {shown(message.topic)}")]
        source = self._source("/".join(steps[:at]))
        path = "/".join(steps[at + 1 :])
        if steps[at] == _FRAMES:
            return self._frames(message, source, path)
        if not message.body.strip():
            return self._deleted(message.topic, source, path)
        reading = _event(message.body, source, path)
        if reading.says in (Says.HERE, Says.ENDED):
            self._remember(message.topic, reading)
        return [reading]

    def _source(self, prefix: str) -> str | None:
        """The device: the whole prefix, or the last level of it that the camera map knows."""
        steps = [one for one in prefix.split("/") if one]
        names = [prefix, *reversed(steps)]
        return next((name for name in names if name in self._known), prefix or None)

    def _camera_of(self, frame: Any, device: str | None) -> str | None:
        """The device; where the camera map does not know it, the source that the frame itself names, if it knows that.

        Programs that turn the video of several cameras into metadata publish all of them below one prefix.
        """
        named = attribute(frame, "Source")
        return named if device not in self._known and named in self._known else device

    def _remember(self, topic: str, reading: Reading) -> None:
        things = self._things.setdefault(topic, {})
        self._things.move_to_end(topic)
        things[reading.identity] = reading
        if len(things) > _MOST_THINGS:
            del things[next(iter(things))]
        if len(self._things) > _MOST_TOPICS:
            self._things.popitem(last=False)

    def _deleted(self, topic: str, source: str | None, path: str) -> Iterator[Reading]:
        """The property is gone. After a restart only its topic says which one that is."""
        things = self._things.get(topic, {})
        own, values = _named(path)
        is_rule = len(values) > 1 and own.startswith("RuleEngine/")
        named = {"VideoSource": values[0], "Rule": values[-1]} if is_rule else {}
        event = OnvifEvent(topic=own, operation="Deleted", source=named, identity=_identity(source, path))
        readings = list(things.values()) or [event_reading(event, source)]
        for index, one in enumerate(readings):
            more = {**one.more, "operation": "Deleted"}
            forgets = f"{_identity(source, path)}|" if index == len(readings) - 1 else ""
            yield replace(
                one,
                says=Says.ENDED,
                compared={},
                key="",
                at=None,
                more=more,
                forgets=forgets,
                why="the property is gone",
            )

    def _frames(self, message: Message, source: str | None, path: str) -> Iterator[Reading]:
        if not message.body.strip():
            yield Reading(says=Says.NOT_FOR_US, source=source, why="an empty message: the retained message was deleted")
            return
        body: Any = required_table(message.document)
        for name in _WRAPPERS:
            body = child(body, name) or body
        if "Frame" not in body:
            raise MessageError("Frame is missing")
        for index, frame in enumerate(children(body, "Frame")):
            if isinstance(frame, dict):
                camera = self._camera_of(frame, source)
                yield frame_reading(frame, camera, f"{message.digest}{index}", path)
            else:
                yield Reading(says=Says.UNREADABLE, source=source, why=f"Frame[{index}]: a JSON object is expected")


def _event(body: bytes, source: str | None, path: str) -> Reading:
    tree = required_table(read_json(body))
    if "Data" not in tree and "Source" not in tree:
        raise MessageError("neither Source nor Data is in it, so it is not an ONVIF event")
    topic, _ = _named(path)
    named_source, key = items(tree.get("Source")), items(tree.get("Key"))
    identity = _identity(source, path)
    if "/&" not in f"/{path}":
        identity += "|" + ",".join(f"{name}={named_source[name]}" for name in sorted(named_source))
    if key:
        identity += "|" + ",".join(f"{name}={key[name]}" for name in sorted(key))
    event = OnvifEvent(
        topic=topic,
        at=instant(attribute(tree, "UtcTime")),
        source=named_source,
        key=key,
        data=items(tree.get("Data")),
        identity=identity,
    )
    return event_reading(event, source)


def _named(path: str) -> tuple[str, list[str]]:
    """The topic of ONVIF, and the values of Source that may stand behind it."""
    topic, _, values = path.partition("/&")
    return topic_without_prefixes(topic), [unquote(one) for one in values.split("/") if one]


def _identity(source: str | None, path: str) -> str:
    topic, _, values = path.partition("/&")
    return f"event|{source or ''}|{topic_without_prefixes(topic)}|{values.strip('/')}"


KIND = Kind(
    name="onvif-mqtt",
    title="ONVIF over MQTT",
    settings=OnvifMqttSettings,
    make_parser=OnvifMqttParser,
    rules=Rules(unchanged=Verdict.DUPLICATE),
    fields=(*FRAME_FIELDS, *EVENT_FIELDS, InputField("operation", "Deleted", "a message of zero bytes", "It is gone.")),
    losses=(
        "Messages while the broker cannot be reached are lost: few devices queue them.",
        "A retained message updates the state and raises nothing: events begun while this program was off are lost.",
        "After a restart of this program, the end of a property names only what is in its topic.",
    ),
)
