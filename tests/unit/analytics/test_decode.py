"""Raw outputs of detection models become boxes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from securos_trigger.analytics.decode import (
    RawBoxes,
    decode_nanodet,
    decode_yolo,
    iou_matrix,
    without_repeats,
)


def boxes(corners: list[list[float]], probabilities: list[float], class_ids: list[int]) -> RawBoxes:
    return RawBoxes(np.array(corners, np.float32), np.array(probabilities, np.float32), np.array(class_ids, np.intp))


def test_nanodet_measures_from_the_centre_of_the_cell() -> None:
    scores, distances = np.zeros((1, 4, 3), np.float32), np.zeros((1, 4, 44), np.float32)
    scores[0, 3, 2] = 0.8
    # The distribution of each side puts everything on one bin: 1, 2, 3 and 4 strides.
    for side, strides in enumerate((1, 2, 3, 4)):
        distances[0, 3, side * 11 + strides] = 100
    found = decode_nanodet([scores, distances], 64, 64, 0.5)
    # The fourth of 2 x 2 cells with a stride of 32 has its centre at (48, 48).
    np.testing.assert_allclose(found.corners, [[48 - 32, 48 - 64, 48 + 96, 48 + 128]], atol=1e-3)
    assert found.class_ids.tolist() == [2]


@pytest.fixture
def yolo_rows() -> NDArray[np.float32]:
    """Two candidates with two classes: centre x, centre y, width, height, probabilities."""
    return np.array([[100, 50, 20, 40, 0.1, 0.9], [10, 10, 4, 4, 0.3, 0.2]], np.float32)


def test_yolo_version_8_has_candidates_in_columns(yolo_rows: NDArray[np.float32]) -> None:
    found = decode_yolo([np.tile(yolo_rows, (5, 1)).T[None]], 2, 0.5)
    assert found.corners.tolist() == [[90, 30, 110, 70]] * 5
    assert found.class_ids.tolist() == [1] * 5


def test_yolo_version_5_multiplies_by_objectness(yolo_rows: NDArray[np.float32]) -> None:
    objectness = np.array([[0.5], [1.0]], np.float32)
    rows = np.concatenate([yolo_rows[:, :4], objectness, yolo_rows[:, 4:]], axis=1)
    found = decode_yolo([rows[None]], 2, 0.25)
    np.testing.assert_allclose(found.probabilities, [0.45, 0.3])
    assert found.class_ids.tolist() == [1, 0]


def test_an_output_that_does_not_fit_the_labels_is_refused() -> None:
    with pytest.raises(ValueError) as refused:
        decode_yolo([np.zeros((1, 9, 100), np.float32)], 80, 0.5)
    assert str(refused.value) == (
        "the model's output is [1, 9, 100]; with 80 labels a yolo model gives [1, 84, N] or [1, N, 85]"
    )


def test_of_overlapping_boxes_of_a_class_the_most_probable_stays() -> None:
    heap = boxes([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]], [0.6, 0.9, 0.5], [0, 0, 0])
    assert without_repeats(heap, 0.5).probabilities.tolist() == pytest.approx([0.9, 0.5])


def test_overlapping_boxes_of_two_classes_both_stay() -> None:
    heap = boxes([[0, 0, 10, 10], [0, 0, 10, 10]], [0.6, 0.9], [0, 1])
    assert without_repeats(heap, 0.5).class_ids.tolist() == [1, 0]


def test_no_candidates_are_no_boxes() -> None:
    assert decode_yolo([np.zeros((1, 6, 3), np.float32)], 2, 0.5).corners.shape == (0, 4)
    empty = without_repeats(RawBoxes(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.intp)), 0.5)
    assert empty.corners.shape == (0, 4)


def test_overlap_is_the_common_area_over_the_joint_area() -> None:
    first = np.array([[0, 0, 10, 10]], np.float32)
    second = np.array([[5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 3]], np.float32)
    np.testing.assert_allclose(iou_matrix(first, second), [[1 / 3, 0, 0]], rtol=1e-6)
