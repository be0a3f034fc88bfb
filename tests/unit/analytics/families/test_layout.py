"""A model is recognised by its outputs, or refused with a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from securos_trigger.analytics.families import Layout, recognise
from securos_trigger.analytics.families.layout import BGR_0_TO_255, RGB_0_TO_1, RGB_OF_IMAGENET
from tests.property.analytics.families.trials import (
    refused,
    trial,
)


def test_yolox_is_not_read_as_yolo() -> None:
    grid = trial(np.full((1, 84, 6), 0.1, np.float32), labels=1)
    assert refused("yolo", grid) == (
        "the model's output [1, 84, 6] is laid out like YOLOX",
        'Set family = "yolox".',
        "family",
    )


def test_a_decoded_grid_needs_the_family() -> None:
    places_of_all = np.linspace(0, 64, 84 * 4).reshape(1, 84, 4)
    rows = np.concatenate([places_of_all, np.full((1, 84, 6), 0.1)], axis=2).astype(np.float32)
    assert refused("auto", trial(rows, labels=5)) == (
        "the model's output [1, 84, 10] can be YOLOX's or YOLO v6's, which need other colours",
        'Set family = "yolox" or family = "yolo".',
        "family",
    )
    assert recognise("yolox", trial(rows, labels=5)).preparation == BGR_0_TO_255
    assert recognise("yolo", trial(rows, labels=5)).preparation == RGB_0_TO_1


@pytest.mark.parametrize(
    ("output", "labels", "count"),
    [((1, 84, 200), 2, 80), ((1, 84, 200), 81, 80), ((1, 252, 8), 1, 3)],
)
def test_another_number_of_labels_is_refused_with_the_counts(output: tuple[int, ...], labels: int, count: int) -> None:
    names = "1 name is" if labels == 1 else f"{labels} names are"
    assert refused("yolo", trial(np.full(output, 0.5, np.float32), labels=labels)) == (
        f"{names} given, and the model has {count} classes",
        "Name every class, in the model's order.",
        "labels",
    )


@pytest.mark.parametrize("shape", [(1, 84, 0), (1, 0, 84), (1, 0, 85)])
@pytest.mark.parametrize("labels", [None, 80])
def test_a_map_without_a_single_box_is_of_no_family(shape: tuple[int, ...], labels: int | None) -> None:
    what, _, _ = refused("auto", trial(np.zeros(shape, np.float32), labels=labels))
    assert what == f"its outputs {list(shape)} are those of no known family"


@pytest.mark.parametrize("shape", [(1, 4, 84), (1, 84, 4), (1, 4, 8400)])
@pytest.mark.parametrize("labels", [None, 80])
@pytest.mark.parametrize("family", ["auto", "yolo"])
def test_boxes_without_classes_are_no_four_boxes_of_many_classes(
    family: str, labels: int | None, shape: tuple[int, ...]
) -> None:
    what, fix, _ = refused(family, trial(np.full(shape, 0.5, np.float32), labels=labels))
    assert what == f"its output {list(shape)} has boxes of four values, and no classes"
    assert fix == "Export the model with the scores of its classes."


def test_a_map_of_one_class_with_84_boxes_is_no_five_boxes_of_80_classes() -> None:
    """The input of 64 x 64 pixels has 84 cells."""
    output = trial(np.full((1, 5, 84), 0.5, np.float32), labels=1)
    assert (recognise("auto", output).name, recognise("auto", output).n_classes) == ("YOLO v8", 1)
    what, _, _ = refused("auto", trial(np.full((1, 5, 84), 0.5, np.float32), labels=80))
    assert what == "80 names are given, and the model has 1 class"


def test_an_output_of_no_family_is_refused_with_what_is_known() -> None:
    what, fix, setting = refused("auto", trial(np.zeros((1, 1000), np.float32)))
    assert (what, setting) == ("its outputs [1, 1000] are those of no known family", "model")
    assert fix.startswith("Known: nanodet: pairs of maps")


def test_a_named_family_that_does_not_fit_names_the_one_that_does() -> None:
    what, fix, setting = refused("rtdetr", trial(np.full((1, 84, 2000), 0.3, np.float32), labels=80))
    assert what == (
        "its outputs are [1, 84, 2000]; a rtdetr model with 80 labels gives labels, boxes and scores; logits and boxes; "
        "or [1, N, 4 + C]"
    )
    assert (fix, setting) == ('Set family = "yolo".', "family")


@pytest.mark.parametrize("value", [7.5, -3.0, float("nan")])
def test_class_values_that_are_no_probabilities_are_refused(value: float) -> None:
    assert refused("yolo", trial(np.full((1, 84, 200), value, np.float32), labels=80)) == (
        "its outputs [1, 84, 200] are those of YOLO v8, but its class values are not 0 to 1",
        "Export it with the sigmoid at its end.",
        "model",
    )


def test_a_model_of_coco_needs_no_labels() -> None:
    layout: Layout = recognise("auto", trial(np.full((1, 84, 200), 0.2, np.float32)))
    assert layout.n_classes == 80


def test_nanodet_with_too_few_labels_is_refused_with_the_counts() -> None:
    maps = [np.full((1, count, 80), 0.1, np.float32) for count in (64, 16, 4)]
    sides = [np.full((1, count, 44), 3.0, np.float32) for count in (64, 16, 4)]
    for family in ("auto", "nanodet"):
        what, _, setting = refused(family, trial(*maps, *sides, labels=2))
        assert (what, setting) == ("2 names are given, and the model has 80 classes", "labels")


def test_a_class_beyond_the_labels_in_the_first_run_is_refused_with_the_count() -> None:
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, :, 2:4], rows[0, 7, 4:] = 5, (0.01, 62)
    assert refused("auto", trial(rows, labels=2)) == (
        "2 names are given, and the model has at least 63 classes",
        "Name every class, in the model's order.",
        "labels",
    )
    outputs = (rows[..., 5].astype(np.int64), rows[..., :4], rows[..., 4])
    what, _, _ = refused("auto", trial(*outputs, labels=1, names=("labels", "boxes", "scores")))
    assert what == "1 name is given, and the model has at least 63 classes"
    assert recognise("auto", trial(rows, labels=63)).least_classes == 63


def test_the_class_of_no_object_makes_a_model_detr() -> None:
    boxes = np.full((1, 100, 4), 0.5, np.float32)
    logits = np.full((1, 100, 4), -4.0, np.float32)
    logits[..., 3] = 6.0
    layout = recognise("auto", trial(logits, boxes, labels=3, names=("logits", "pred_boxes")))
    assert (layout.name, layout.n_classes, layout.preparation) == ("DETR", 3, RGB_OF_IMAGENET)
    logits[0, 5] = [-2.0, 7.0, 1.0, 3.0]
    found = layout.decode([logits, boxes], 0.5)
    assert (found.class_ids.tolist(), found.corners.tolist()) == ([1], [[16.0, 16.0, 48.0, 48.0]])
    assert found.probabilities[0] == pytest.approx(0.9795, abs=1e-3)
    assert refused("rtdetr", trial(logits, boxes, labels=4, names=("logits", "pred_boxes")))[0] == (
        "4 names are given, and the model has 3 classes"
    )


def test_an_ssd_of_tensorflow_has_its_corners_the_other_way_round_and_classes_from_one() -> None:
    boxes = np.zeros((1, 10, 4), np.float32)
    classes, scores = np.ones((1, 10), np.float32), np.zeros((1, 10), np.float32)
    boxes[0, 0], classes[0, 0], scores[0, 0] = [0.25, 0.5, 0.5, 1.0], 2, 0.9  # top, left, bottom, right
    outputs = [boxes, classes, scores, np.array([1.0], np.float32)]
    names = ("detection_boxes:0", "detection_classes:0", "detection_scores:0", "num_detections:0")
    layout = recognise("auto", trial(*outputs, labels=2, names=names))
    assert (layout.name, layout.least_classes) == ("SSD of TensorFlow", 2)
    found = layout.decode(outputs, 0.5)
    assert (found.class_ids.tolist(), found.corners.tolist()) == ([1], [[32.0, 16.0, 64.0, 32.0]])
