"""Viseron: states of its entities over MQTT, all retained, sent again after each reconnect."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from securos_trigger.inputs.boxes import BoxForm, BoxUnit
from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.mapped import parser_of
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.topic_patterns import TopicPrefix


class ViseronSettings(InputSettings):
    """Viseron over MQTT."""

    type: Literal["viseron"] = "viseron"
    base_topic: TopicPrefix = Field("viseron", description="The first level of Viseron's topics.")

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """What is read."""
        return (f"{self.base_topic}/lwt", f"{self.base_topic}/binary_sensor/+/state")


def _detected(topic: str) -> MessageMapping:
    return MessageMapping(
        topic=topic,
        state="state",
        objects="attributes.objects",
        label="label",
        probability="confidence",
        rect="[rel_x1, rel_y1, rel_x2, rel_y2]",
        rect_form=BoxForm.CORNERS,
        rect_unit=BoxUnit.FRACTIONS,
        count="attributes.count",
    )


MAPPINGS = (
    MessageMapping(topic="{base_topic}/lwt", body="text", health="@", gives="health"),
    MessageMapping(
        topic="{base_topic}/binary_sensor/{camera}_connected/state", health="state == 'on' && 'online' || 'offline'"
    ),
    _detected("{base_topic}/binary_sensor/{camera}_zone_{zone}_object_detected_{label}/state"),
    _detected("{base_topic}/binary_sensor/{camera}_object_detected_{label}/state"),
)


KIND = Kind(
    name="viseron",
    title="Viseron",
    settings=ViseronSettings,
    make_parser=parser_of(MAPPINGS),
    rules=Rules(),
    fields=(
        InputField("labels", ["person"], "the topic", "What it is."),
        InputField("zones", ["fence"], "the topic of a zone's sensor", "Where it is."),
        InputField("count", 2, "`attributes.count`", "How many there are; a change of it is an update."),
        InputField("rects_fractions", [[0.3, 0.4, 0.05, 0.2]], "`attributes.objects[].rel_…`", "The boxes."),
        InputField("probability", 0.93, "`attributes.objects[].confidence`", "Of the first object."),
        InputField("health", "online", "`<base_topic>/lwt`; `…_connected`", "Of Viseron; of a camera."),
    ),
    losses=(
        "The messages have no time: the time of arrival is used.",
        "Objects have no ids: a second person is a change of the count.",
        "Underscores join camera, zone and label: names in the camera map are found reliably, other names are guessed.",
    ),
)
