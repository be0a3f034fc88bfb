"""YOLO: version 8 and later in columns, version 5 in rows with objectness, version 10 and later end to end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from securos_trigger.analytics.decode import RawBoxes, boxes_of_centres, pixels_per_unit
from securos_trigger.analytics.families.layout import RGB_0_TO_1, Array, Layout, Trial, is_probability
from securos_trigger.conditions.python_code import literal_in

# Three anchors at each cell; the sets of strides that version 5 was trained with.
_ANCHORS = 3
_STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32))
# A map has a box at least for each cell of this side, in pixels.
_LARGEST_STRIDE = 64
_MOST_OBJECTS = 1_000
_MOSTLY = 0.9


def end_to_end(trial: Trial) -> Layout | None:
    """The layout when an output is [1, N, 6]: corners, probability, class; with more columns for masks or points."""
    return _first(trial, _end_to_end)


def maps(trial: Trial) -> Layout | None:
    """The layout when an output is a map of version 8 and later, or of version 5."""
    return _first(trial, _columns) or _first(trial, _objectness) or _first(trial, _rows)


def _first(trial: Trial, recognised: Callable[[Trial, int, int], Layout | None]) -> Layout | None:
    """What `recognised` makes of the first output that it knows."""
    extras = extra_columns(trial)
    places = [place for place, output in enumerate(trial.outputs) if output.ndim == 3]
    return next((layout for place in places if (layout := recognised(trial, place, extras)) is not None), None)


def extra_columns(trial: Trial) -> int:
    """How many values stand after the classes: coefficients of masks, or key points."""
    masks = [output.shape[1] for output in trial.outputs if output.ndim == 4]
    if masks:
        return int(masks[0])
    try:
        points = literal_in(trial.metadata.get("kpt_shape", "()"))
        return math.prod(int(side) for side in points) if points else 0
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return 0


def _end_to_end(trial: Trial, position: int, extras: int) -> Layout | None:
    output = trial.outputs[position]
    if output.shape[2] != 6 + extras or output.shape[1] > _MOST_OBJECTS:
        return None
    # Classes are whole numbers; but a map of one class may hold nothing else than 0 and 1 on a grey image.
    if trial.n_labels == 1 and _has_anchor_rows(trial, output.shape[1]):
        return None
    corners, class_ids = output[0, :, :4], output[0, :, 5]
    # Some models give empty boxes on a grey image whose sides are exchanged.
    is_ordered = bool((corners[:, 2:] >= corners[:, :2]).mean() > _MOSTLY) if len(corners) else True
    if not (is_ordered and is_probability(output[..., 4]) and _is_of_classes(class_ids)):
        return None
    decode = partial(decode_end_to_end, position=position, width=trial.width, height=trial.height)
    least = int(class_ids.max(initial=-1)) + 1
    return Layout("YOLO, end to end", RGB_0_TO_1, decode, None, has_repeats=False, least_classes=least)


def _is_of_classes(values: Array) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all() and (values == np.round(values)).all())


def _columns(trial: Trial, position: int, extras: int) -> Layout | None:
    """[1, 4 + C, N] of version 8, 11 and those laid out like them."""
    output = trial.outputs[position]
    n_classes = output.shape[1] - 4 - extras
    if trial.n_labels is None and output.shape[1] >= output.shape[2]:
        return None
    return _map(trial, position, n_classes, "YOLO v8", is_in_columns=True)


def _rows(trial: Trial, position: int, extras: int) -> Layout | None:
    """[1, N, 4 + C]: version 8 with its axes exchanged by an exporter."""
    output = trial.outputs[position]
    n_classes = output.shape[2] - 4 - extras
    if trial.n_labels is None and output.shape[2] >= output.shape[1]:
        return None
    return _map(trial, position, n_classes, "YOLO v8, in rows", is_in_columns=False)


def _map(trial: Trial, position: int, n_classes: int, name: str, *, is_in_columns: bool) -> Layout | None:
    output = trial.outputs[position]
    if n_classes < 1 or trial.n_labels not in (None, n_classes) or not output.size:
        return None
    found = output[0].T if is_in_columns else output[0]
    if not is_probability(found[:, 4 : 4 + n_classes]) or not _is_map(trial, *found.shape):
        return None
    decode = partial(
        decode_yolo8,
        position=position,
        n_classes=n_classes,
        width=trial.width,
        height=trial.height,
        is_in_columns=is_in_columns,
    )
    return Layout(name, RGB_0_TO_1, decode, n_classes)


def _objectness(trial: Trial, position: int, extras: int) -> Layout | None:
    """[1, N, 5 + C] of version 5: without labels only where N is that of its anchors."""
    output = trial.outputs[position]
    n_classes = output.shape[2] - 5 - extras
    is_known = trial.n_labels == n_classes or (trial.n_labels is None and _has_anchor_rows(trial, output.shape[1]))
    if n_classes < 1 or not output.size or not is_known or not is_probability(output[0, :, 4 : 5 + n_classes]):
        return None
    if not _is_map(trial, *output.shape[1:]):
        return None
    decode = partial(decode_yolo5, position=position, n_classes=n_classes, width=trial.width, height=trial.height)
    return Layout("YOLO v5", RGB_0_TO_1, decode, n_classes)


def _is_map(trial: Trial, n_boxes: int, n_values: int) -> bool:
    """False for so few boxes that they are no map of the input: then the axes are to be read the other way round."""
    if n_boxes < trial.cells((_LARGEST_STRIDE,)):
        return False
    is_other_a_map = n_boxes < n_values and _has_anchor_rows(trial, n_values)
    return not is_other_a_map or _has_anchor_rows(trial, n_boxes)


def _has_anchor_rows(trial: Trial, n_rows: int) -> bool:
    cells = [trial.cells(strides) for strides in _STRIDES]
    return n_rows in cells or n_rows in [_ANCHORS * count for count in cells]


def decode_yolo8(
    outputs: Sequence[Array],
    threshold: float,
    *,
    n_classes: int,
    width: int,
    height: int,
    position: int = 0,
    is_in_columns: bool = True,
) -> RawBoxes:
    """Boxes of [1, 4 + C + more, N] (or with rows for columns): centre and size, then probabilities."""
    found = outputs[position][0]
    found = found.T if is_in_columns else found
    return boxes_of_centres(found[:, :4], found[:, 4 : 4 + n_classes], threshold, width, height)


def decode_yolo5(
    outputs: Sequence[Array], threshold: float, *, n_classes: int, width: int, height: int, position: int = 0
) -> RawBoxes:
    """Boxes of [1, N, 5 + C + more]: centre and size, objectness, then probabilities given that there is an object."""
    found = outputs[position][0]
    return boxes_of_centres(found[:, :4], found[:, 5 : 5 + n_classes] * found[:, 4:5], threshold, width, height)


def decode_end_to_end(
    outputs: Sequence[Array], threshold: float, *, width: int, height: int, position: int = 0
) -> RawBoxes:
    """Boxes of [1, N, 6 + more]: corners, probability, class. Rows that are not used hold zeros."""
    found = outputs[position][0]
    rows = np.flatnonzero(found[:, 4] >= threshold)
    corners = found[rows, :4] * pixels_per_unit(found[:, :4], width, height)
    return RawBoxes(corners.astype(np.float32), found[rows, 4], found[rows, 5].astype(np.intp))
