"""A detector's labels are known before its model runs, and `keep` must be among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.analytics.labels import coco_labels, known_labels, label_mistakes
from securos_trigger.analytics.settings import DetectorSettings
from tests.unit.analytics.test_model_file import model_with


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Labels as Ultralytics writes them, in the order in which they were seen in one file."""
    return model_with(tmp_path / "m.onnx", {"names": "{0: 'car', 1: 'truck', 10: 'van', 2: 'bus'}"})


def test_labels_come_from_the_settings_then_from_the_model_then_from_coco(model: Path, tmp_path: Path) -> None:
    assert known_labels(DetectorSettings()) == coco_labels()
    assert known_labels(DetectorSettings(model=model))[:3] == ("car", "truck", "bus")
    assert known_labels(DetectorSettings(model=model, labels=["a", "b"])) == ("a", "b")
    assert known_labels(DetectorSettings(model=model_with(tmp_path / "bare.onnx", {}))) == ()


def test_the_usual_keep_does_not_fit_a_model_of_vehicles(model: Path) -> None:
    (mistake,) = label_mistakes(DetectorSettings(model=model, keep=["trucks"]), "detector1")
    assert mistake.where == "detector1.keep"
    assert mistake.what == 'the model knows no "trucks"'
    assert str(mistake).endswith(
        'Did you mean "truck"? It knows 11 classes, among them truck, car, bus, class 3, class 4, class 5. '
        "All stand in its setting labels, or in the model's file. keep = [] keeps all."
    )
    (mistake,) = label_mistakes(DetectorSettings(labels=["cat", "dog"], model=Path("no.onnx")), "detector1")
    assert str(mistake) == ('detector1.keep: the model knows no "person"\n    It knows cat, dog. keep = [] keeps all.')


def test_of_many_labels_the_nearest_few_are_named_and_where_all_stand() -> None:
    (mistake,) = label_mistakes(DetectorSettings(keep=["tain"]), "detector1")
    assert mistake.fix == (
        'Did you mean "train"? It knows 80 classes, among them train, tie, sink, airplane, person, bicycle. '
        "All stand in docs/nodes.md#labels-of-coco. keep = [] keeps all."
    )
    page = (Path(__file__).parents[3] / "docs" / "nodes.md").read_text(encoding="utf-8")
    listed = page.partition("### Labels of COCO\n\n```\n")[2].partition("\n```")[0]
    assert tuple(" ".join(listed.split()).split(", ")) == coco_labels()


def test_another_number_of_labels_than_the_model_names_is_a_mistake(model: Path) -> None:
    mistakes = label_mistakes(DetectorSettings(model=model, labels=["car", "truck"], keep=[]), "detector1")
    assert [str(mistake) for mistake in mistakes] == [
        (
            "detector1.labels: 2 names are given, and the model has 11 classes\n"
            "    Name every class, in the model's order, or leave labels out to use the model's own names."
        )
    ]
    bundled = label_mistakes(DetectorSettings(labels=["person"]), "detector1")
    assert [mistake.what for mistake in bundled] == ["1 name is given, and the model has 80 classes"]


def test_the_models_names_in_the_order_of_their_text_are_a_mistake(model: Path) -> None:
    printed = ["car", "truck", "van", "bus", *(f"class {number}" for number in range(3, 10))]
    mistakes = label_mistakes(DetectorSettings(model=model, labels=printed, keep=[]), "detector1")
    assert [str(mistake) for mistake in mistakes] == [
        (
            'detector1.labels: these are the model\'s names in another order: its class 2 is "bus", not "van"\n'
            "    Leave labels out: the model's own names are then used, by their numbers."
        )
    ]


@pytest.mark.parametrize("renamed", [{}, {"van": "Transporter"}, {"truck": "car"}])
def test_the_models_names_in_their_order_others_and_joined_ones_are_right(model: Path, renamed: dict[str, str]) -> None:
    own = known_labels(DetectorSettings(model=model))
    labels = [renamed.get(name, name) for name in own]
    assert label_mistakes(DetectorSettings(model=model, labels=labels, keep=[]), "detector1") == []


def test_what_only_a_run_of_the_model_can_tell_is_no_mistake_yet(tmp_path: Path) -> None:
    assert label_mistakes(DetectorSettings(model=model_with(tmp_path / "bare.onnx", {})), "detector1") == []
    assert label_mistakes(DetectorSettings(model=tmp_path / "no.onnx"), "detector1") == []
