"""What an ONNX file says of itself is read without loading it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import onnx
import pytest

from securos_trigger.analytics.model_file import image_size_in, labels_in, read_metadata


def model_with(path: Path, metadata: dict[str, str]) -> Path:
    graph = onnx.helper.make_graph([], "empty", [], [])
    model = onnx.helper.make_model(graph, producer_name="a test")
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, str(path))
    return path


def test_a_damaged_model_has_no_notes_and_raises_nothing(tmp_path: Path) -> None:
    content = model_with(tmp_path / "m.onnx", {"names": "{0: 'car'}", "imgsz": "[640, 640]"}).read_bytes()
    dice = random.Random(5)
    for _ in range(500):
        damaged = bytearray(content)
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        (tmp_path / "damaged.onnx").write_bytes(damaged[: dice.randrange(1, len(damaged) + 1)])
        found = read_metadata(tmp_path / "damaged.onnx")
        assert all(isinstance(value, str) for value in (*found, *found.values()))


def test_a_file_that_is_not_there_has_no_notes(tmp_path: Path) -> None:
    assert read_metadata(tmp_path / "no.onnx") == {}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("{0: 'person', 1: 'car'}", ("person", "car")),
        ("{0: 'a', 1: 'b', 10: 'k', 2: 'c'}", ("a", "b", "c", *(f"class {n}" for n in range(3, 10)), "k")),
        ("['person', 'car']", ("person", "car")),
        (json.dumps({"1": "car", "0": "person"}), ("person", "car")),
        ("{0: \"driver's cab\", 1: 'Tür'}", ("driver's cab", "Tür")),
        ("", ()),
        ("{}", ()),
        ("person, car", ()),
        ("{-1: 'a'}", ()),
        ("{0: 'a', 999999999: 'b'}", ()),
        ("{'a': 'b'}", ()),
        ("7", ()),
        ("__import__('os').system('true')", ()),
        ("[" * 100_000, ()),
    ],
)
def test_names_are_read_in_the_order_of_their_numbers(text: str, labels: tuple[str, ...]) -> None:
    assert labels_in({"names": text}) == labels


@pytest.mark.parametrize(
    ("text", "size"),
    [("[480, 640]", (480, 640)), ("640", (640, 640)), ("()", None), ("[0, 640]", None), ("wide", None), ("[1]", None)],
)
def test_the_size_is_height_and_width(text: str, size: tuple[int, int] | None) -> None:
    assert image_size_in({"imgsz": text}) == size
