"""Boxes of a model: repeats are left out, fractions become pixels."""

from __future__ import annotations

import numpy as np
import pytest

from securos_trigger.analytics.decode import (
    RawBoxes,
    boxes_of_centres,
    iou_matrix,
    most_probable_first,
    pixels_per_unit,
    without_repeats,
)


def boxes(corners: list[list[float]], probabilities: list[float], class_ids: list[int]) -> RawBoxes:
    return RawBoxes(np.array(corners, np.float32), np.array(probabilities, np.float32), np.array(class_ids, np.intp))


def test_of_overlapping_boxes_of_a_class_the_most_probable_stays() -> None:
    heap = boxes([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]], [0.6, 0.9, 0.5], [0, 0, 0])
    assert without_repeats(heap, 0.5).probabilities.tolist() == pytest.approx([0.9, 0.5])


def test_overlapping_boxes_of_two_classes_both_stay() -> None:
    heap = boxes([[0, 0, 10, 10], [0, 0, 10, 10]], [0.6, 0.9], [0, 1])
    assert without_repeats(heap, 0.5).class_ids.tolist() == [1, 0]


def test_boxes_of_a_model_without_repeats_are_only_put_in_order() -> None:
    heap = boxes([[0, 0, 10, 10], [1, 0, 11, 10]], [0.6, 0.9], [0, 0])
    assert most_probable_first(heap).probabilities.tolist() == pytest.approx([0.9, 0.6])


def test_no_candidates_are_no_boxes() -> None:
    found = boxes_of_centres(np.zeros((3, 4), np.float32), np.zeros((3, 2), np.float32), 0.5, 64, 64)
    assert found.corners.shape == (0, 4)
    assert without_repeats(found, 0.5).corners.shape == (0, 4)


def test_boxes_in_fractions_are_told_from_boxes_in_pixels() -> None:
    fractions = np.array([[0.5, 0.5, 1.2, 1.1]], np.float32)
    assert pixels_per_unit(fractions, 640, 320).tolist() == [640, 320, 640, 320]
    assert pixels_per_unit(fractions * 100, 640, 320).tolist() == [1, 1, 1, 1]
    assert pixels_per_unit(np.zeros((0, 4), np.float32), 640, 320).tolist() == [1, 1, 1, 1]


def test_overlap_is_the_common_area_over_the_joint_area() -> None:
    first = np.array([[0, 0, 10, 10]], np.float32)
    second = np.array([[5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 3]], np.float32)
    np.testing.assert_allclose(iou_matrix(first, second), [[1 / 3, 0, 0]], rtol=1e-6)
