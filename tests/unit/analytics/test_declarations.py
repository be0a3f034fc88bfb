"""Every node writes what it is declared to write, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, get_args

import pytest

from securos_trigger.analytics import build
from securos_trigger.analytics.declarations import DECLARATIONS, add_example, drawn_names, field_paths
from securos_trigger.analytics.settings import (
    EventSettings,
    LineCounterSettings,
    NodeSettings,
    RecorderSettings,
    TrackerSettings,
    ZoneSettings,
)
from securos_trigger.model import Frame, Moment

PERSON: dict[str, Any] = {
    "id": None,
    "label": "person",
    "class_id": 0,
    "probability": 0.9,
    "rect": {"left": 10.0, "top": 10.0, "width": 40.0, "height": 80.0},
    "attributes": [],
}
IMAGE = SimpleNamespace(width=200, height=200)
NODES: list[Any] = [
    TrackerSettings(confirm_frames=1),
    LineCounterSettings(lines={"gate": ((0, 50), (200, 50))}),
    ZoneSettings(min_presence_s=0),
    ZoneSettings(
        id="two", min_presence_s=0, rois={"a": [(0, 0), (200, 0), (200, 200), (0, 200)], "b": [(0, 0), (9, 0), (9, 9)]}
    ),
    EventSettings(event_type="someone", condition="len(objects) > 0"),
]


def metadata_after(nodes: list[Any]) -> dict[str, Any]:
    """What stands in the metadata of a frame after these nodes have seen a person on three frames."""
    built = [build(settings) for settings in nodes]
    for number in range(3):
        frame = Frame(Moment(number / 5, None, "yard"), IMAGE, {"objects": [{**PERSON}]})
        for node in built:
            node.process(frame)
    for node in built:
        node.close()
    return frame.metadata


def declared_paths(nodes: list[Any], *, only_always: bool = False) -> set[str]:
    return {
        field.path.replace("<id>", settings.id).replace("<name>", name)
        for settings in nodes
        for field in DECLARATIONS[settings.type].fields
        for name in drawn_names(settings)
        if field.is_always or not only_always
    }


def test_the_nodes_write_what_they_are_declared_to_write() -> None:
    written = set(field_paths(metadata_after(NODES)))
    assert written <= declared_paths(NODES)
    empty = {f"nodes.two.rois.b.current_objects[].{name}" for name in ("id", "label", "present_s")}
    line = "nodes.annotate_line_counter1.lines.gate"
    empty |= {f"{line}.cur_dir{number}_objects[].{name}" for number in (1, 2) for name in ("id", "label")}
    assert declared_paths(NODES, only_always=True) - written <= empty


def test_a_line_that_is_crossed_lists_who_crosses_as_declared() -> None:
    settings = LineCounterSettings(lines={"gate": ((0, 50), (200, 50))}, margin=0)
    node = build(settings)
    for number, top in enumerate((10.0, -80.0, 10.0)):
        person = {**PERSON, "id": 7, "rect": {**PERSON["rect"], "top": top}}
        frame = Frame(Moment(number / 5, None, "yard"), IMAGE, {"objects": [person]})
        node.process(frame)
        example: dict[str, Any] = {}
        add_example(example, settings)
        assert not differences(frame.metadata["nodes"], example["nodes"])
        assert set(field_paths(frame.metadata["nodes"], "nodes")) <= declared_paths([settings])
    assert frame.metadata["nodes"][settings.id]["lines"]["gate"]["cur_dir1_objects"] == [{"id": 7, "label": "person"}]


def test_an_example_has_the_kinds_of_values_that_the_nodes_write() -> None:
    example: dict[str, Any] = {}
    for settings in NODES:
        add_example(example, settings)
    assert not differences(metadata_after(NODES), example)


def differences(written: Any, example: Any, path: str = "") -> list[str]:
    """The paths at which two values are not of one kind; a whole number and one with decimals are."""
    if isinstance(written, dict) and isinstance(example, dict):
        return [line for key in written for line in differences(written[key], example.get(key), f"{path}.{key}")]
    if isinstance(written, list) and isinstance(example, list):
        return [line for item in written for line in differences(item, example[0], f"{path}[]")]
    kinds = [float if isinstance(value, int) else type(value) for value in (written, example)]
    return [] if kinds[0] is kinds[1] else [f"{path}: {written!r} and {example!r}"]


@pytest.mark.parametrize("model", get_args(get_args(NodeSettings)[0]))
def test_every_node_type_is_declared(model: Any) -> None:
    assert model.model_fields["type"].default in DECLARATIONS


def test_a_recorder_writes_nothing_into_the_metadata(tmp_path: Any) -> None:
    assert not declared_paths([RecorderSettings(path=tmp_path / "a.jsonl")])
