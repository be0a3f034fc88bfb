"""NanoDet and PicoDet: class maps and distance maps for each stride. NanoDet-Plus: both in one map."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from securos_trigger.analytics.decode import Floats, RawBoxes, best_classes
from securos_trigger.analytics.families.layout import BGR_OF_IMAGENET, Array, Layout, Trial, is_probability

_PLUS_STRIDES = (8, 16, 32, 64)
_PLUS_BINS = 8
_FEWEST_BINS = 5

#: Positions of a class map and of its distance map among the outputs, and their stride in pixels.
Level = tuple[int, int, int]


def recognised(trial: Trial) -> Layout | None:
    """The layout when the outputs are NanoDet's: pairs of maps whose cells fit the input, or one map of all."""
    if len(trial.outputs) == 1:
        return _plus(trial)
    levels = _levels(trial)
    if levels is None or not all(is_probability(trial.outputs[scores]) for scores, _, _ in levels):
        return None
    decode = partial(decode_nanodet, levels=tuple(levels), width=trial.width)
    return Layout("NanoDet", BGR_OF_IMAGENET, decode, trial.outputs[levels[0][0]].shape[2])


def _levels(trial: Trial) -> list[Level] | None:
    by_cells: dict[int, list[int]] = {}
    for position, output in enumerate(trial.outputs):
        if output.ndim != 3:
            return None
        by_cells.setdefault(output.shape[1], []).append(position)
    levels = []
    for cells, positions in by_cells.items():
        stride = _stride(cells, trial)
        if len(positions) != 2 or stride is None:
            return None
        scores, distances = positions
        if not _is_pair(trial.outputs[scores], trial.outputs[distances], trial.n_labels):
            scores, distances = distances, scores
        if not _is_pair(trial.outputs[scores], trial.outputs[distances], trial.n_labels):
            return None
        levels.append((scores, distances, stride))
    classes = {trial.outputs[scores].shape[2] for scores, _, _ in levels}
    return levels if len(classes) == 1 else None


def _stride(cells: int, trial: Trial) -> int | None:
    return next((stride for stride in (4, 8, 16, 32, 64, 128) if trial.cells([stride]) == cells), None)


def _is_pair(scores: Array, distances: Array, n_labels: int | None) -> bool:
    sides, rest = divmod(distances.shape[2], 4)
    return not rest and sides >= _FEWEST_BINS and n_labels in (None, scores.shape[2])


def _plus(trial: Trial) -> Layout | None:
    output = trial.outputs[0]
    if output.ndim != 3 or output.shape[1] != trial.cells(_PLUS_STRIDES):
        return None
    n_classes = output.shape[2] - 4 * _PLUS_BINS
    if n_classes < 1 or not is_probability(output[..., :n_classes]):
        return None
    decode = partial(decode_nanodet_plus, n_classes=n_classes, width=trial.width, height=trial.height)
    return Layout("NanoDet-Plus", BGR_OF_IMAGENET, decode, n_classes)


def decode_nanodet(outputs: Sequence[Array], threshold: float, *, levels: Sequence[Level], width: int) -> RawBoxes:
    """Boxes of class probabilities [1, cells, C] with distances [1, cells, 4 * bins], one pair for each level.

    Distances are distributions over bins, in strides from the cell's centre to the left, top, right and lower side.
    """
    parts = [
        _level(outputs[scores][0], outputs[distances][0], stride, width, threshold, offset=0.5)
        for scores, distances, stride in levels
    ]
    return _joined(parts)


def decode_nanodet_plus(
    outputs: Sequence[Array], threshold: float, *, n_classes: int, width: int, height: int
) -> RawBoxes:
    """Boxes of one map [1, cells of all strides, C + 4 * bins]. Distances count from the cell's corner."""
    rows, parts, first = outputs[0][0], [], 0
    for stride in _PLUS_STRIDES:
        last = first + -(-width // stride) * -(-height // stride)
        level = rows[first:last]
        parts.append(_level(level[:, :n_classes], level[:, n_classes:], stride, width, threshold, offset=0.0))
        first = last
    return _joined(parts)


def _level(scores: Array, distances: Array, stride: int, width: int, threshold: float, *, offset: float) -> RawBoxes:
    columns = -(-width // stride)
    rows, probabilities, class_ids = best_classes(scores, threshold)
    bins = distances.shape[1] // 4
    weights = distances[rows].reshape(-1, 4, bins)
    weights = np.exp(weights - weights.max(axis=2, keepdims=True))
    sides = (weights @ np.arange(bins, dtype=np.float32)) / weights.sum(axis=2) * stride
    centres = (np.stack([rows % columns, rows // columns], axis=1) + offset) * stride
    corners: Floats = np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1)
    return RawBoxes(corners.astype(np.float32), probabilities, class_ids)


def _joined(parts: Sequence[RawBoxes]) -> RawBoxes:
    return RawBoxes(
        np.concatenate([part.corners for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.class_ids for part in parts]),
    )
