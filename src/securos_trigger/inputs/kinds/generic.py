"""Any JSON, over MQTT or posted over HTTP, read by the mapping in the configuration."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.mapped import MappedParser
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.topic_patterns import subscription_to
from securos_trigger.validation.mistakes import custom_mistake


class GenericSettings(InputSettings):
    """Messages of your own program, or of any other."""

    type: Literal["generic", "mqtt", "http"] = "generic"
    mapping: tuple[MessageMapping, ...] = Field(
        description="How messages are read: one table, or several; the first that fits is used."
    )

    @field_validator("mapping", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        if isinstance(value, list) and not value:
            raise custom_mistake("is empty", 'Write a table, such as mapping = { objects = "detections", … }.')
        return (value,) if isinstance(value, dict | MessageMapping) else value

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """The topics of the mappings, where each has one."""
        topics = tuple(dict.fromkeys(subscription_to(one.topic, {}) for one in self.mapping))
        return topics if all(one.topic for one in self.mapping) else ()


def _parser(settings: GenericSettings) -> MappedParser:
    return MappedParser(settings.mapping, cameras=settings.cameras)


KIND = Kind(
    name="generic",
    title="Your own JSON",
    settings=GenericSettings,
    make_parser=_parser,
    rules=Rules(),
    fields=(
        InputField("objects[].label", "person", "`label`", "What the object is."),
        InputField("objects[].id", "A-7", "`id`", "The tracker's id; null: it is not tracked."),
        InputField("objects[].probability", 0.91, "`probability`", "0 to 1, whatever the unit of the source."),
        InputField("objects[].rect", {"left": 400}, "`rect`", "Left, top, width, height, y downwards."),
        InputField("labels", ["person"], "`label`", "Of a switch or an event."),
        InputField("zones", ["fence"], "`zones`", "Of a switch or an event."),
        InputField("count", 2, "`count`", "How many there are."),
        InputField("sub_label", "courier_a", "`sub_label`", "A name."),
        InputField("plate", "TEST001", "`plate`", "A plate that was read."),
        InputField("severity", "alert", "`severity`", "How important it is."),
        InputField("<name>", "anything", "`keep.<name>`", "What the mapping keeps."),
    ),
    losses=(
        "Every field that no expression of the mapping reads.",
        "JMESPath cannot calculate: units and forms are settings.",
    ),
)
