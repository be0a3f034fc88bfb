"""The parts of a configuration that is being changed: where they stand, and what they say of a receiver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.config.pipelines import USUAL_IDS
from securos_trigger.errors import NotFoundError
from securos_trigger.operations.edit_rules import RECEIVER_KEYS, receiver_of


def pipeline_place(edit: ConfigurationEdit, name: str) -> tuple[str | int, ...]:
    """The place of the pipeline with this name. NotFoundError: there is none."""
    tables = edit.get(()).get("pipelines", ())
    numbers = [number for number, one in enumerate(tables) if isinstance(one, dict) and one.get("name") == name]
    if not numbers:
        raise NotFoundError("pipeline", f'there is no pipeline "{name[:80]}" in the configuration')
    return ("pipelines", numbers[0])


def node_number(edit: ConfigurationEdit, place: tuple[str | int, ...], node: str) -> int:
    """The number of the node with this id; one that has none goes by the usual id of its type."""
    pipeline = edit.get(place)
    for number, one in enumerate(pipeline.get("nodes", ())):
        if isinstance(one, dict) and one.get("id", USUAL_IDS.get(str(one.get("type")), "")) == node:
            return number
    raise NotFoundError("node", f'there is no node "{node[:80]}" in the pipeline')


def receiver_settings(edit: ConfigurationEdit, address: str) -> dict[str, Any]:
    """What the file says of the receiver of a trigger node, `pipeline/node`. NotFoundError: there is no such node."""
    pipeline, _, node = address.rpartition("/")
    place = pipeline_place(edit, pipeline)
    raw = edit.get((*place, "nodes", node_number(edit, place, node)))
    if receiver_of(raw) is None:
        raise NotFoundError("node", f'"{node[:80]}" is not a trigger node: it has no receiver')
    return {key: value for key, value in raw.items() if key in RECEIVER_KEYS}


def with_receiver(node: Mapping[str, Any], receiver: Mapping[str, Any]) -> dict[str, Any]:
    """A trigger node that sends to a known receiver.

    What the node itself says of a receiver is left out: the copied password must go to no other port or certificate,
    and never in clear text.
    """
    return {key: value for key, value in node.items() if key not in RECEIVER_KEYS} | dict(receiver)
