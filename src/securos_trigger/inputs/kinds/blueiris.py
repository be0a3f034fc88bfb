"""Blue Iris: the text that a user has written with macros, over MQTT or HTTP; this reads the usual form."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.mapped import parser_of
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import InputSettings


class BlueIrisSettings(InputSettings):
    """Blue Iris over MQTT or HTTP."""

    type: Literal["blueiris"] = "blueiris"
    base_topic: str = Field("BlueIris", min_length=1, description="The first level of the topics.")

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """What is read."""
        return (f"{self.base_topic}/#",)


_FACTS = {"type": "type", "name": "name", "alert_id": "id"}

_TOPICS = ("{base_topic}/{camera}/{any}", "{base_topic}/{camera}", "")
_ON, _OFF = "['ON', 'On', 'on']", "['OFF', 'Off', 'off']"

MAPPINGS = (
    # Blue Iris itself, and commands to it.
    *(
        MessageMapping(topic=f"{{base_topic}}/{name}", body="text", health="@", gives="health")
        for name in ("status", "Status")
    ),
    MessageMapping(topic="{base_topic}/admin", gives="ignored"),
    # The watchdog: by topic an alert says that the signal is lost; by a text of its own that there is a connection.
    MessageMapping(
        topic="{base_topic}/{camera}/WATCHDOG", body="text", health=f"contains({_OFF}, @) && 'online' || 'lost'"
    ),
    *(
        MessageMapping(
            topic=topic,
            when="type == 'Connectivity' || type == 'WATCHDOG'",
            body="auto",
            source="camera || CAM || cam",
            health=f"contains({_ON}, state || trigger) && 'online' || 'lost'",
        )
        for topic in _TOPICS
    ),
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
            state="state || trigger",
            identity="'alert'",
            label="object || memo",
            label_form="name_percent",
            keep=_FACTS,
        )
        for topic in _TOPICS
    ),
)


KIND = Kind(
    name="blueiris",
    title="Blue Iris",
    settings=BlueIrisSettings,
    make_parser=parser_of(MAPPINGS),
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
        "There is no box, and no time of the source.",
    ),
)
