"""Frigate, over MQTT: tracked objects, reviews, late facts, counts and health; versions 0.12 to 0.18."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from msgspec.structs import replace
from pydantic import BeforeValidator, Field, field_validator

from securos_trigger.errors import MessageError
from securos_trigger.inputs.boxes import Canvas
from securos_trigger.inputs.camera_map import names_in
from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import Kind
from securos_trigger.inputs.kinds.frigate_objects import FIELDS, late_fact, review, tracked_object
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import FrameSize, InputSettings
from securos_trigger.inputs.topic_patterns import TopicPrefix, topic_prefix
from securos_trigger.inputs.values import number, read_text, required_table, shown, table, text, whole
from securos_trigger.validation.mistakes import custom_mistake

# Cameras that messages have named and no row of the map does; more than any site has.
_MOST_CAMERAS: Final = 1_000
_HEALTH: Final = ("online", "offline", "stopped")
_LEVELS: Final = frozenset({"motion", "review_status", "enabled", "detect", "recordings", "snapshots", "audio"})


def _by_camera(written: object) -> object:
    """The sizes of `detect` by camera; one size alone is that of all, `"*"`."""
    sizes = written if isinstance(written, dict) else {"*": written}
    for size in sizes.values():
        if not isinstance(size, list | tuple) or len(size) != 2:
            raise custom_mistake(
                "a size is width and height in pixels",
                "Write [1280, 720] for all cameras, or { gate = [1280, 720], yard = [640, 360] }.",
            )
    return sizes


class FrigateSettings(InputSettings):
    """Frigate over MQTT."""

    type: Literal["frigate"] = "frigate"
    topic_prefix: TopicPrefix = Field("frigate", description="`topic_prefix` of Frigate's `mqtt` section.")
    also_prefix: str | list[str] = Field(
        default_factory=list,
        description="Prefixes of further Frigates at the same broker. Their cameras may be written as `prefix/camera`.",
    )
    detect_size: Annotated[dict[str, FrameSize], BeforeValidator(_by_camera)] = Field(
        default_factory=dict,
        description="Width and height of `detect`: boxes are in its pixels, and no message has them. "
        'Where cameras differ, a table: `{ gate = [1280, 720], yard = [640, 360] }`, with `"*"` for all others.',
    )
    events_from: Literal["objects", "reviews"] = Field(
        "objects",
        description="What raises events: each tracked object, or each review. "
        "Not both, because they are about the same thing.",
    )

    @field_validator("also_prefix")
    @classmethod
    def _are_plain(cls, written: str | list[str]) -> str | list[str]:
        return list(map(topic_prefix, written)) if isinstance(written, list) else written and topic_prefix(written)

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """What is read, counts of cameras and zones (`+/+`) among them; no image."""
        steps = ("events", "reviews", "tracked_object_update", "available", "stats", "+/status/+", "+/+")
        return tuple(f"{prefix}/{one}" for prefix in self.prefixes for one in steps)

    def is_event(self, reading: Reading) -> bool:
        """True for the family that `events_from` names."""
        return (reading.about == "review") == (self.events_from == "reviews")

    def is_presence(self, reading: Reading) -> bool:
        """True for objects: a review has objects that have messages of their own."""
        return reading.about == "object"

    @property
    def prefixes(self) -> tuple[str, ...]:
        """All topic prefixes, the longest first."""
        more = [self.also_prefix] if isinstance(self.also_prefix, str) else self.also_prefix
        found = {self.topic_prefix, *more} - {""}
        return tuple(sorted(found, key=len, reverse=True))


class FrigateParser:
    """Reads Frigate's topics. Remembers the cameras that it has named: a count's topic may name a camera or a zone."""

    def __init__(self, settings: FrigateSettings) -> None:
        self._prefixes = tuple((prefix, f"{prefix}/") for prefix in settings.prefixes)
        self._sizes = settings.detect_size
        self._cameras = {name.rpartition("/")[2] for name in names_in(settings.cameras)}

    def read(self, message: Message) -> Iterable[Reading]:
        """What one message says."""
        for prefix, beginning in self._prefixes:  # noqa: B007  used below
            if message.topic.startswith(beginning):
                break
        else:
            return [
                Reading(
                    says=Says.NOT_FOR_US, why=f"the topic begins with no prefix of this source: {shown(message.topic)}"
                )
            ]
        steps = message.topic[len(prefix) + 1 :].split("/")
        match steps:
            case ["events"]:
                body = required_table(message.document)
                found = tracked_object(body, prefix, self._canvas(body, prefix))
            case ["reviews"]:
                found = review(required_table(message.document), prefix)
            case ["tracked_object_update"]:
                found = late_fact(required_table(message.document), prefix)
            case ["available"]:
                found = _availability(message, prefix)
            case ["stats"]:
                found = _statistics(required_table(message.document))
            case [name, *rest] if rest:
                found = self._of_camera_or_zone(name, rest, message)
            case _:
                found = Reading(says=Says.NOT_FOR_US, why=f"nothing is read from {shown(message.topic)}")
        self._remember(found)
        return [found if found.prefix or found.source is None else replace(found, prefix=prefix)]

    def _canvas(self, body: Mapping[str, Any], prefix: str) -> Canvas | None:
        """The size that the camera of an object detects with."""
        if not self._sizes:
            return None
        camera = text(table(body.get("after")).get("camera"))
        return self._sizes.get(f"{prefix}/{camera}") or self._sizes.get(camera or "") or self._sizes.get("*")

    def _remember(self, found: Reading) -> None:
        for name in (found.source, *found.more.get("named_cameras", ())):
            if name is not None and len(self._cameras) < _MOST_CAMERAS:
                self._cameras.add(name)

    def _of_camera_or_zone(self, name: str, rest: list[str], message: Message) -> Reading:
        """A camera's switch or image, or a count. A count's topic names a camera or a zone, which look the same."""
        is_camera = name in self._cameras
        source = name if is_camera else None
        if rest[-1] == "snapshot" or rest[-1] == "thumbnail":
            return Reading(says=Says.NOT_FOR_US, source=name, why="an image")
        if rest[0] == "status" and len(rest) == 2:  # only a camera has it, also one that nothing has named yet
            word = read_text(message.body)[:40]
            return Reading(says=Says.LEVEL, source=name, about="health", health=word, more={"role": rest[-1]})
        if rest[0] in _LEVELS or (is_camera and rest[-1] == "state"):
            return Reading(says=Says.LEVEL, source=name, about="level", more={"value": read_text(message.body)[:200]})
        if len(rest) == 1 or (len(rest) == 2 and rest[1] == "active"):
            return _count(name, rest, source, message)
        return Reading(says=Says.NOT_FOR_US, source=source, why=f"nothing is read from {shown(message.topic)}")


def _count(name: str, rest: list[str], source: str | None, message: Message) -> Reading:
    try:
        count = whole(read_text(message.body))
    except MessageError:
        count = None
    if count is None:
        return Reading(says=Says.NOT_FOR_US, source=source, why="not a count")
    more = {"label": rest[0], "is_active_only": len(rest) == 2} | ({} if source is not None else {"zone": name})
    return Reading(says=Says.LEVEL, source=source, about="count", count=count, more=more)


def _availability(message: Message, prefix: str) -> Reading:
    """Frigate itself. After `online` and `stopped` it knows its earlier objects no more, and says no `end` for them."""
    word = read_text(message.body)
    if word not in _HEALTH:
        raise MessageError(f"{shown(word)} is not one of {', '.join(_HEALTH)}")
    is_fresh = not message.retain and word != "offline"
    return Reading(says=Says.LEVEL, about="health", health=word, forgets=f"{prefix}|" if is_fresh else "")


def _statistics(body: Mapping[str, Any]) -> Reading:
    """A camera from which no frame comes has `camera_fps` 0."""
    pairs = list(table(body.get("cameras")).items())[:_MOST_CAMERAS]
    cameras = {name: table(figures) for written, figures in pairs if (name := text(written))}
    names = list(cameras)
    dead = [name for name in names if number(cameras[name].get("camera_fps")) == 0]
    return Reading(says=Says.LEVEL, about="health", more={"named_cameras": names, "dead_cameras": dead})


KIND = Kind(
    name="frigate",
    title="Frigate",
    settings=FrigateSettings,
    make_parser=FrigateParser,
    rules=Rules(can_begin_again=False, unknown_end=Verdict.END, missed_new_s=60.0),
    always_speaks=True,  # `available`, retained, and `stats`
    fields=FIELDS,
    losses=(
        "Frigate sends with QoS 0 by default: set `qos: 1` in its `mqtt` section.",
        "Messages while its broker cannot be reached are lost: Frigate keeps none.",
        "After a restart of Frigate the same car is a new object, and the old one gets no end.",
        "Boxes are in pixels of `detect`, whose size no message has: set `detect_size` for fractions of the frame.",
        "Objects that were found while `record` is off make no reviews.",
    ),
)
