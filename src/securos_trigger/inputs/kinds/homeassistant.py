"""Home Assistant: its `rest_command` with the body of our page, and bare states by `mqtt_statestream`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.mapped import parser_of
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.topic_patterns import TopicPrefix


class HomeAssistantSettings(InputSettings):
    """Home Assistant over HTTP (`rest_command`) or MQTT (`mqtt_statestream`)."""

    type: Literal["homeassistant"] = "homeassistant"
    base_topic: TopicPrefix = Field("homeassistant", description="`base_topic` of `mqtt_statestream`.")

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """What is read."""
        return (f"{self.base_topic}/binary_sensor/+/state",)


_KEPT = {"entity_id": "entity_id", "old_state": "old_state"}

MAPPINGS = (
    MessageMapping(topic="{base_topic}/binary_sensor/{camera}_{label}/state", body="auto", state="@", gives="switch"),
    MessageMapping(
        when="state && old_state && state == old_state", source="source", time="at", gives="level", keep=_KEPT
    ),
    MessageMapping(
        when="state",
        source="source",
        label="label",
        state="state",
        identity="entity_id || label",
        time="at",
        zones="zone",
        sub_label="sub_label",
        keep=_KEPT,
    ),
    MessageMapping(
        when="label", source="source", label="label", zones="zone", time="at", sub_label="sub_label", keep=_KEPT
    ),
)


KIND = Kind(
    name="homeassistant",
    title="Home Assistant",
    settings=HomeAssistantSettings,
    make_parser=parser_of(MAPPINGS),
    fields=(
        InputField("labels", ["person"], "`label`; the end of the entity's name", "What it is."),
        InputField("zones", ["fence"], "`zone`", "Where it is, if the template says it."),
        InputField("sub_label", "courier_a", "`sub_label`", "A name, if the template says it."),
        InputField("entity_id", "binary_sensor.gate_person", "`entity_id`", "The entity."),
        InputField("old_state", "off", "`old_state`", "What it was; the same as `state` raises no event."),
        InputField("health", "unavailable", "`unavailable` and `unknown`", "They are not off."),
    ),
    losses=(
        "`rest_command` does not try again: a message that it cannot post is lost.",
        "A bare state has no time, and `mqtt_statestream` does not say what the state was.",
        "There are no boxes.",
    ),
)
