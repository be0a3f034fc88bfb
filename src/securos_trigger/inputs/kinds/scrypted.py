"""Scrypted: `ObjectsDetected` of its SDK, posted by a script of the user."""

from __future__ import annotations

from typing import Literal

from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.mapped import parser_of
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.times import TimeUnit


class ScryptedSettings(InputSettings):
    """Scrypted, by a script that posts or publishes what it detects."""

    type: Literal["scrypted"] = "scrypted"


MAPPINGS = (
    MessageMapping(
        when="contains(keys(@), 'detections') || contains(keys(@), 'detectionId') || contains(keys(@), 'timestamp')",
        objects="detections",
        label="className",
        without_labels=("motion",),
        id="id",
        probability="score",
        rect="boundingBox",
        zones="zones",
        attributes="{sub_label: label, moving: movement.moving}",
        size="inputDimensions",
        time="timestamp",
        time_unit=TimeUnit.MILLISECONDS,
    ),
)


KIND = Kind(
    name="scrypted",
    title="Scrypted",
    settings=ScryptedSettings,
    make_parser=parser_of(MAPPINGS),
    fields=(
        InputField(
            "objects[].label", "person", "`detections[].className`", "`motion` is left out: it is not an object."
        ),
        InputField("objects[].id", "t7", "`detections[].id`", "A text; null: it is not tracked."),
        InputField("objects[].probability", 0.91, "`detections[].score`", "0 to 1."),
        InputField("objects[].rect", {"left": 400}, "`detections[].boundingBox`", "Pixels of `inputDimensions`."),
        InputField("objects[].zones", ["fence"], "`detections[].zones`", "Scrypted's own zones."),
        InputField("objects[].attributes", {"moving": True}, "`label`, `movement.moving`", "A name; whether it moves."),
    ),
    losses=("Every message that the script does not post, or cannot post and does not try again.",),
)
