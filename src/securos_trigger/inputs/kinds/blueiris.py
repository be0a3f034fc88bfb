"""Blue Iris: the text that a user has written with macros, over MQTT or HTTP; this reads the usual form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec.structs import replace
from pydantic import Field

from securos_trigger.inputs.happening import Reading
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.mapped import parser_of
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.topic_patterns import TopicPrefix


class BlueIrisSettings(InputSettings):
    """Blue Iris over MQTT or HTTP."""

    type: Literal["blueiris"] = "blueiris"
    base_topic: TopicPrefix = Field("BlueIris", description="The first level of the topics.")

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """What is read."""
        return (f"{self.base_topic}/#",)


_FACTS = {"type": "type", "name": "name", "alert_id": "id"}

_TOPICS = ("{base_topic}/{camera}/{any}", "{base_topic}/{camera}", "")
_ON, _OFF = "['ON', 'On', 'on', `true`]", "['OFF', 'Off', 'off', `false`]"
_WATCHDOG: Final = "WATCHDOG"
# On or off: the text itself, or a key of the JSON; a key that is `false` says off.
_WORD = "not_null(state, trigger, @)"
# What says neither and names what has been seen is an alert, unless one of its texts has a word for off: whole, as in
# `Motion off` and `MOTION_OFF`, so that `TAKEOFF` is none. JMESPath has no pattern: each word stands between two marks.
_SAID: Final = "join(' ', ['', to_string(object || ''), to_string(memo || ''), to_string(type || ''), ''])"
_MARKS: Final = " _-:.,"
_OFF_WORDS: Final = ("OFF", "Off", "off")
_HAS_OFF_WORD: Final = " || ".join(
    f"contains(@, '{before}{word}{after}')" for word in _OFF_WORDS for before in _MARKS for after in _MARKS
)
_MAY_HAVE_OFF: Final = " || ".join(f"contains(@, '{word}')" for word in _OFF_WORDS)  # spares the rest
_HAS_OFF: Final = f"({_SAID} | ({_MAY_HAVE_OFF}) && ({_HAS_OFF_WORD}))"
_STATE = f"not_null(state || trigger, state, trigger, {_HAS_OFF} && 'OFF' || (object || memo) && 'ON' || `null`)"


def _health(topic: str, *, when: str, is_lost: str) -> tuple[MessageMapping, MessageMapping]:
    """What says in on and off whether a camera is lost; any other word says nothing of that."""
    source, known = "camera || CAM || cam", f"(contains({_ON}, {_WORD}) || contains({_OFF}, {_WORD}))"
    says = f"contains({is_lost}, {_WORD}) && 'lost' || 'online'"
    return (
        MessageMapping(topic=topic, when=f"{when} && {known}", body="auto", source=source, health=says),
        MessageMapping(topic=topic, when=when, body="auto", source=source, gives="level"),
    )


MAPPINGS = (
    # Blue Iris itself, and commands to it.
    *(
        MessageMapping(topic=f"{{base_topic}}/{name}", body="text", health="@", gives="health")
        for name in ("status", "Status")
    ),
    MessageMapping(topic="{base_topic}/admin", gives="ignored"),
    # The watchdog: an alert of it says that the signal is lost; a text of its own says that there is a connection.
    *(one for topic in _TOPICS for one in _health(topic, when="type == 'Connectivity'", is_lost=_OFF)),
    *_health(f"{{base_topic}}/{{camera}}/{_WATCHDOG}", when="`true`", is_lost=_ON),
    *(one for topic in _TOPICS for one in _health(topic, when=f"type == '{_WATCHDOG}'", is_lost=_ON)),
    # A bare ON or OFF, with the camera in the topic.
    *(
        MessageMapping(
            topic=topic, when="type(@) == 'string' && !starts_with(@, '{')", body="auto", state="@", identity="'alert'"
        )
        for topic in _TOPICS[:2]
    ),
    *(
        MessageMapping(
            topic=topic,
            source="camera || CAM || cam",
            state=_STATE,
            identity="'alert'",
            label="object || memo",
            label_form="name_percent",
            keep=_FACTS,
        )
        for topic in _TOPICS
    ),
)


class BlueIrisParser:
    """Reads messages by the mappings; the watchdog's topic may be in any case of letters."""

    def __init__(self, settings: InputSettings) -> None:
        self._mapped = parser_of(MAPPINGS)(settings)

    def read(self, message: Message) -> Iterable[Reading]:
        """What one message says."""
        before, _, last = message.topic.rpartition("/")
        if last != _WATCHDOG and last.upper() == _WATCHDOG:
            message = replace(message, topic=f"{before}/{_WATCHDOG}")
        return self._mapped.read(message)


KIND = Kind(
    name="blueiris",
    title="Blue Iris",
    settings=BlueIrisSettings,
    make_parser=BlueIrisParser,
    # Many users write a text for the alert and none for its reset.
    rules=Rules(silent_end_s=60.0),
    fields=(
        InputField("labels", ["person"], "`object` (`&MEMO`): `person:87%`", "What it is."),
        InputField("probability", 0.87, "the same", "0 to 1."),
        InputField("type", "Motion_A", "`type` (`&TYPE`)", "What has triggered."),
        InputField("name", "Gate", "`name` (`&NAME`)", "The camera's long name."),
        InputField("health", "lost", "type `Connectivity`; `WATCHDOG`; `BlueIris/status`", "Of a camera, or of all."),
        InputField("alert_id", "123456789", "`id` (`&ALERT_DB`)", "The alert in Blue Iris."),
    ),
    losses=(
        "Blue Iris does not escape the texts that it fills in: a quote in one makes the message malformed.",
        "Without a text for the reset there is no end; an alert after a minute of silence is then new.",
        "A text without `state` and `trigger` is an alert when it has `object` or `memo`.",
        "It is the reset when one of them, or `type`, has the word off (`Motion off`), so an alert must not have it.",
        "There is no box, and no time of the source.",
    ),
)
