"""YOLOX: offsets and logarithms of sizes on a grid, which the caller has to put in place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from securos_trigger.analytics.decode import Floats, RawBoxes, best_classes, corners_of_centres
from securos_trigger.analytics.families.layout import BGR_0_TO_255, Array, Layout, Trial, is_probability
from securos_trigger.analytics.families.yolo import decode_yolo5

STRIDES = (8, 16, 32)
# The exponent of a size is bounded, so that a damaged value gives a huge box and not an overflow.
_LARGEST_EXPONENT = 20.0


def on_grid(trial: Trial) -> Layout | None:
    """The layout when the first output is a grid of YOLOX as its exporter leaves it."""
    if not _has_shape(trial) or not is_on_grid(trial.outputs[0][0], *(grid := grid_of(trial.width, trial.height))):
        return None
    decode = partial(decode_yolox, grid=grid[0], strides=grid[1])
    return Layout("YOLOX", BGR_0_TO_255, decode, trial.outputs[0].shape[2] - 5)


def in_place(trial: Trial) -> Layout | None:
    """The layout when the model has put the grid in place itself. YOLO v6 looks the same, with other colours."""
    if not _has_shape(trial) or is_on_grid(trial.outputs[0][0], *grid_of(trial.width, trial.height)):
        return None
    n_classes = trial.outputs[0].shape[2] - 5
    decode = partial(decode_yolo5, n_classes=n_classes, width=trial.width, height=trial.height)
    return Layout("YOLOX, in place", BGR_0_TO_255, decode, n_classes)


def _has_shape(trial: Trial) -> bool:
    output = trial.outputs[0]
    if output.ndim != 3 or output.shape[1] != trial.cells(STRIDES) or output.shape[2] < 6:
        return False
    return trial.n_labels in (None, output.shape[2] - 5) and is_probability(output[..., 4:])


def grid_of(width: int, height: int) -> tuple[Floats, Floats]:
    """Column and row of every cell [n, 2], and the stride of every cell [n, 1], finest level first."""
    cells, strides = [], []
    for stride in STRIDES:
        columns, rows = np.meshgrid(np.arange(-(-width // stride)), np.arange(-(-height // stride)))
        cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        strides.append(np.full((columns.size, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def is_on_grid(rows: Array, grid: Floats, strides: Floats) -> bool:
    """True when `rows` hold offsets from their cells (near 0), false when they hold places in the input."""
    as_offsets = np.abs(rows[:, :2]).mean()
    as_places = np.abs(rows[:, :2] / strides - grid).mean()
    return bool(as_offsets < as_places)


def decode_yolox(outputs: Sequence[Array], threshold: float, *, grid: Floats, strides: Floats) -> RawBoxes:
    """Boxes of [1, cells, 5 + C]: offset from the cell and logarithm of the size in strides, objectness, classes."""
    found = outputs[0][0]
    rows, probabilities, class_ids = best_classes(found[:, 5:] * found[:, 4:5], threshold)
    centres = (found[rows, :2] + grid[rows]) * strides[rows]
    sizes = np.exp(np.minimum(found[rows, 2:4], _LARGEST_EXPONENT)) * strides[rows]
    corners = corners_of_centres(np.concatenate([centres, sizes], axis=1))
    return RawBoxes(corners.astype(np.float32), probabilities, class_ids)
