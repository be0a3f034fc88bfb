"""What a detection model's raw output means: boxes, probabilities, classes.

Every decoder takes the model's outputs and the size of its input picture, and returns `RawBoxes` in pixels of that
input. Only candidates at or above the threshold are decoded further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class RawBoxes:
    """n candidates: `corners` [n, 4] as left, top, right, bottom; `probabilities` [n]; `class_ids` [n]."""

    corners: Floats
    probabilities: Floats
    class_ids: Ints

    def taken(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> RawBoxes:
        """Only these rows."""
        return RawBoxes(self.corners[rows], self.probabilities[rows], self.class_ids[rows])


def decode_nanodet(outputs: Sequence[Floats], width: int, height: int, threshold: float) -> RawBoxes:
    """NanoDet: maps of class probabilities [1, cells, C], then as many of distances [1, cells, 4 * bins].

    The stride of a pair follows from its number of cells. Distances are distributions over bins, in strides from
    the cell's centre to the left, top, right and lower side.
    """
    by_cells: dict[int, list[Floats]] = {}
    for output in outputs:
        by_cells.setdefault(output.shape[1], []).append(output[0])
    parts = [_nanodet_level(pair, width, height, threshold) for pair in by_cells.values()]
    return RawBoxes(
        np.concatenate([part.corners for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.class_ids for part in parts]),
    )


def _nanodet_level(pair: Sequence[Floats], width: int, height: int, threshold: float) -> RawBoxes:
    scores, distances = pair
    cells = scores.shape[0]
    stride = round((width * height / cells) ** 0.5)
    columns = -(-width // stride)
    class_ids = scores.argmax(axis=1)
    probabilities = scores[np.arange(cells), class_ids]
    rows = np.flatnonzero(probabilities >= threshold)
    bins = distances.shape[1] // 4
    weights = distances[rows].reshape(-1, 4, bins)
    weights = np.exp(weights - weights.max(axis=2, keepdims=True))
    sides = (weights @ np.arange(bins, dtype=np.float32)) / weights.sum(axis=2) * stride
    centres = np.stack([rows % columns, rows // columns], axis=1) * stride + stride / 2
    corners = np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1)
    return RawBoxes(corners.astype(np.float32), probabilities[rows], class_ids[rows])


def decode_yolo(outputs: Sequence[Floats], n_classes: int, threshold: float) -> RawBoxes:
    """YOLO: one map, either [1, 4 + C, N] (version 8 and later) or [1, N, 5 + C] (version 5: with objectness).

    Boxes are centre, width and height in pixels of the input; class values are probabilities.
    """
    found = outputs[0][0]
    if found.shape[0] == 4 + n_classes:
        found = found.T
        scores = found[:, 4:]
    elif found.shape[1] == 5 + n_classes:
        scores = found[:, 5:] * found[:, 4:5]
    else:
        raise ValueError(
            f"the model's output is {list(outputs[0].shape)}; with {n_classes} labels a yolo model gives "
            f"[1, {4 + n_classes}, N] or [1, N, {5 + n_classes}]"
        )
    class_ids = scores.argmax(axis=1)
    probabilities = scores[np.arange(len(scores)), class_ids]
    rows = np.flatnonzero(probabilities >= threshold)
    centres, halves = found[rows, :2], found[rows, 2:4] / 2
    corners = np.concatenate([centres - halves, centres + halves], axis=1)
    return RawBoxes(corners, probabilities[rows], class_ids[rows])


def without_repeats(boxes: RawBoxes, most_iou: float) -> RawBoxes:
    """The most probable of each heap of overlapping boxes of one class, most probable first."""
    rest = np.argsort(-boxes.probabilities, kind="stable")
    kept: list[int] = []
    while rest.size:
        best, rest = rest[0], rest[1:]
        kept.append(int(best))
        overlap = iou_matrix(boxes.corners[best : best + 1], boxes.corners[rest])[0]
        rest = rest[(overlap <= most_iou) | (boxes.class_ids[rest] != boxes.class_ids[best])]
    return boxes.taken(np.array(kept, dtype=np.intp))


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
