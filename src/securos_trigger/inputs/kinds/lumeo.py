"""Lumeo: the metadata of a frame, as its node for webhooks posts it. The body is not documented."""

from __future__ import annotations

from typing import Literal

from securos_trigger.inputs.kind import InputField, Kind
from securos_trigger.inputs.mapped import parser_of
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.settings import InputSettings


class LumeoSettings(InputSettings):
    """Lumeo's node `Send HTTP Webhook`."""

    type: Literal["lumeo"] = "lumeo"


MAPPINGS = (
    MessageMapping(
        when="contains(keys(@), 'nodes') || contains(keys(@), 'objects')",
        source="(nodes.* | [?type=='video'].source_id | [0]) || (nodes.* | [?source_id].source_id | [0])",
        objects="objects",
        label="label",
        id="id",
        probability="probability",
        rect="rect",
        attributes="{labels: attributes[].label}",
        keep={"nodes": "nodes"},
    ),
)


KIND = Kind(
    name="lumeo",
    title="Lumeo's webhook",
    settings=LumeoSettings,
    make_parser=parser_of(MAPPINGS),
    fields=(
        InputField("objects[].label", "person", "`objects[].label`", "What the object is."),
        InputField("objects[].id", 7299581443955490816, "`objects[].id`", "The tracker's id, 64 bits."),
        InputField("objects[].probability", 0.91, "`objects[].probability`", "0 to 1."),
        InputField("objects[].rect", {"left": 400}, "`objects[].rect`", "Pixels."),
        InputField(
            "objects[].attributes.labels", ["backpack"], "`objects[].attributes[].label`", "What classifiers add."
        ),
        InputField(
            "nodes", {"annotate_line_counter1": {}}, "`nodes`", "What Lumeo's nodes have written, as it stands."
        ),
    ),
    losses=(
        "Lumeo documents no body: this is what the metadata of a frame looks like. Try yours with `input try`.",
        "It has no time: the time of arrival is used.",
    ),
)
