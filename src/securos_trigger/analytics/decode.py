"""Boxes as a detection model gives them: the value that every family's decoder returns, and what is done with it.

The decoders stand in `families`, one module for each family of models. Each takes the model's outputs and returns
`RawBoxes` in pixels of the model's input. Only candidates at or above the threshold are decoded further.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

# Boxes whose coordinates all lie below this are fractions of the input, not pixels: no object is 2 pixels wide.
_LARGEST_FRACTION = 2.0


@dataclass(frozen=True, slots=True)
class RawBoxes:
    """n candidates: `corners` [n, 4] as left, top, right, bottom; `probabilities` [n]; `class_ids` [n]."""

    corners: Floats
    probabilities: Floats
    class_ids: Ints

    def taken(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> RawBoxes:
        """Only these rows."""
        return RawBoxes(self.corners[rows], self.probabilities[rows], self.class_ids[rows])


def best_classes(scores: NDArray[Any], threshold: float) -> tuple[Ints, Floats, Ints]:
    """The rows of `scores` [n, C] whose best class reaches `threshold`; the best values and the classes of those."""
    class_ids = scores.argmax(axis=1)
    probabilities = scores[np.arange(len(scores)), class_ids]
    rows = np.flatnonzero(probabilities >= threshold)
    return rows, probabilities[rows], class_ids[rows]


def corners_of_centres(boxes: NDArray[Any]) -> NDArray[Any]:
    """Corners [n, 4] of boxes [n, 4] given as centre, width and height."""
    halves = boxes[:, 2:4] / 2
    return np.concatenate([boxes[:, :2] - halves, boxes[:, :2] + halves], axis=1)


def pixels_per_unit(boxes: Floats, width: int, height: int) -> Floats:
    """Factors [4] that turn `boxes` (all that the model gave) into pixels: 1, or the input's size for fractions."""
    if boxes.size and np.abs(boxes).max() <= _LARGEST_FRACTION:
        return np.array([width, height, width, height], dtype=np.float32)
    return np.ones(4, dtype=np.float32)


def boxes_of_centres(boxes: Floats, scores: Floats, threshold: float, width: int, height: int) -> RawBoxes:
    """The candidates of boxes [n, 4] as centre and size (pixels or fractions), with class values [n, C]."""
    rows, probabilities, class_ids = best_classes(scores, threshold)
    corners = corners_of_centres(boxes[rows] * pixels_per_unit(boxes, width, height))
    return RawBoxes(corners.astype(np.float32), probabilities, class_ids)


def without_repeats(boxes: RawBoxes, most_iou: float) -> RawBoxes:
    """The most probable of the boxes of one class that overlap each other, most probable first."""
    rest = np.argsort(-boxes.probabilities, kind="stable")
    kept: list[int] = []
    while rest.size:
        best, rest = rest[0], rest[1:]
        kept.append(int(best))
        overlap = iou_matrix(boxes.corners[best : best + 1], boxes.corners[rest])[0]
        rest = rest[(overlap <= most_iou) | (boxes.class_ids[rest] != boxes.class_ids[best])]
    return boxes.taken(np.array(kept, dtype=np.intp))


def most_probable_first(boxes: RawBoxes) -> RawBoxes:
    """The same boxes in the order of their probability."""
    return boxes.taken(np.argsort(-boxes.probabilities, kind="stable"))


def iou_matrix(first: Floats, second: Floats) -> Floats:
    """Overlap of every box of `first` [n, 4] with every box of `second` [m, 4] (corners): [n, m], 0 to 1."""
    left_top = np.maximum(first[:, None, :2], second[None, :, :2])
    right_bottom = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = np.clip(right_bottom - left_top, 0, None).prod(axis=2)
    first_area = np.clip(first[:, 2:] - first[:, :2], 0, None).prod(axis=1)
    second_area = np.clip(second[:, 2:] - second[:, :2], 0, None).prod(axis=1)
    union = first_area[:, None] + second_area[None, :] - common
    overlap: Floats = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return overlap
