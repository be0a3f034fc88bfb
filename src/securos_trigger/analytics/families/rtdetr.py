"""RT-DETR, DETR and other models that give each object once: separate boxes and classes, or one row for each query."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from securos_trigger.analytics.decode import RawBoxes, boxes_of_centres, pixels_per_unit
from securos_trigger.analytics.families.layout import (
    RGB_0_TO_1,
    RGB_OF_IMAGENET,
    Array,
    Layout,
    Trial,
    is_probability,
)

_FEWEST_QUERIES, _MOST_QUERIES = 10, 1_000
_LARGEST_FRACTION = 1.2
# How an SSD that TensorFlow has exported names its boxes, which begin with y; its classes begin at 1.
_BOXES_OF_TENSORFLOW = "detection_boxes"
# Where this share of the queries says "no object" on a grey image, with a class of its own, the model is DETR.
_MOSTLY = 0.9


def triple(trial: Trial) -> Layout | None:
    """The layout when the outputs are labels, boxes and scores: what the model selected itself."""
    boxes = next((n for n, out in enumerate(trial.outputs) if out.ndim == 3 and out.shape[2] == 4), None)
    if boxes is None:
        return None
    flat = [n for n, out in enumerate(trial.outputs) if out.shape == trial.outputs[boxes].shape[:2]]
    labels = [n for n in flat if _is_of_labels(trial, n)]
    if len(flat) != 2 or len(labels) != 1:
        return None
    (scores,) = set(flat) - set(labels)
    is_of_tensorflow = _BOXES_OF_TENSORFLOW in trial.names[boxes].lower()
    decode = partial(
        decode_triple,
        labels=labels[0],
        boxes=boxes,
        scores=scores,
        width=trial.width,
        height=trial.height,
        is_of_tensorflow=is_of_tensorflow,
    )
    name = "SSD of TensorFlow" if is_of_tensorflow else "RT-DETR: labels, boxes, scores"
    least = int(np.nan_to_num(trial.outputs[labels[0]]).max(initial=-1)) + 1 - is_of_tensorflow
    return Layout(name, RGB_0_TO_1, decode, None, has_repeats=False, least_classes=least)


def _is_of_labels(trial: Trial, position: int) -> bool:
    name = trial.names[position].lower()
    return trial.outputs[position].dtype.kind in "iu" or "label" in name or "class" in name


def pair(trial: Trial) -> Layout | None:
    """The layout when the outputs are class values and boxes of every query."""
    if any(output.ndim != 3 for output in trial.outputs[:2]) or len(trial.outputs) < 2:
        return None
    boxes = next((n for n, name in enumerate(trial.names[:2]) if "box" in name.lower()), None)
    if boxes is None:
        return None
    scores = 1 - boxes
    shape = trial.outputs[scores].shape
    if trial.outputs[boxes].shape != (*shape[:2], 4) or shape[1] > _MOST_QUERIES:
        return None
    is_logit = not is_probability(trial.outputs[scores])
    if is_logit and _has_class_of_no_object(trial.outputs[scores]):
        decode = partial(decode_detr, boxes=boxes, scores=scores, width=trial.width, height=trial.height)
        return Layout("DETR", RGB_OF_IMAGENET, decode, shape[2] - 1, has_repeats=False)
    decode = partial(decode_pair, boxes=boxes, scores=scores, is_logit=is_logit, width=trial.width, height=trial.height)
    return Layout("RT-DETR: logits, boxes", RGB_0_TO_1, decode, shape[2], has_repeats=False)


def rows(trial: Trial) -> Layout | None:
    """The layout when the output is one map [1, queries, 4 + C] with boxes in fractions of the input."""
    output = trial.outputs[0]
    if output.ndim != 3 or not _FEWEST_QUERIES <= output.shape[1] <= _MOST_QUERIES or output.shape[2] < 5:
        return None
    n_classes = output.shape[2] - 4
    if trial.n_labels not in (None, n_classes) or not is_probability(output[..., 4:]):
        return None
    if not output.any() or np.abs(output[..., :4]).max() > _LARGEST_FRACTION:
        return None
    decode = partial(decode_rows, width=trial.width, height=trial.height)
    return Layout("RT-DETR: one map", RGB_0_TO_1, decode, n_classes, has_repeats=False)


def decode_triple(
    outputs: Sequence[Array],
    threshold: float,
    *,
    labels: int,
    boxes: int,
    scores: int,
    width: int,
    height: int,
    is_of_tensorflow: bool = False,
) -> RawBoxes:
    """Boxes of labels [1, N], corners [1, N, 4] and probabilities [1, N], at these positions among the outputs.

    Those of TensorFlow have their corners as top, left, bottom, right, and their labels from 1.
    """
    probabilities, corners, class_ids = outputs[scores][0], outputs[boxes][0], outputs[labels][0]
    if is_of_tensorflow:
        corners, class_ids = corners[:, [1, 0, 3, 2]], class_ids - 1
    found = np.flatnonzero(probabilities >= threshold)
    scaled = corners[found] * pixels_per_unit(corners, width, height)
    return RawBoxes(scaled.astype(np.float32), probabilities[found], class_ids[found].astype(np.intp))


def decode_pair(
    outputs: Sequence[Array], threshold: float, *, boxes: int, scores: int, is_logit: bool, width: int, height: int
) -> RawBoxes:
    """Boxes of class values [1, N, C] and boxes [1, N, 4] as centre and size, in fractions of the input."""
    values = outputs[scores][0]
    if is_logit:
        values = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    return boxes_of_centres(outputs[boxes][0], values, threshold, width, height)


def _has_class_of_no_object(logits: Array) -> bool:
    """True when the last class is nearly every query's, surely. One of RT-DETR is sure of nothing on a grey image."""
    is_last = (logits[..., -1] > 0) & (_softmax(logits)[..., -1] > 0.5)
    return bool(logits.shape[2] > 1 and is_last.mean() > _MOSTLY)


def decode_detr(
    outputs: Sequence[Array], threshold: float, *, boxes: int, scores: int, width: int, height: int
) -> RawBoxes:
    """Boxes of logits [1, N, C + 1], whose last class is "no object", and boxes [1, N, 4] as centre and size."""
    return boxes_of_centres(outputs[boxes][0], _softmax(outputs[scores][0])[:, :-1], threshold, width, height)


def _softmax(logits: Array) -> Array:
    weights: Array = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Array = weights / weights.sum(axis=-1, keepdims=True)
    return shares


def decode_rows(outputs: Sequence[Array], threshold: float, *, width: int, height: int) -> RawBoxes:
    """Boxes of one map [1, N, 4 + C]: centre and size in fractions of the input, then probabilities."""
    found = outputs[0][0]
    return boxes_of_centres(found[:, :4], found[:, 4:], threshold, width, height)
