"""RT-DETR: each layout gives what the plain decoder gives, for any outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.analytics.families import recognise
from securos_trigger.analytics.families.layout import RGB_0_TO_1
from tests.property.analytics.families import plain_decoders as plain
from tests.property.analytics.families.trials import (
    CLASSES,
    EXAMPLES,
    SEEDS,
    SIZES,
    THRESHOLDS,
    as_float32,
    assert_same,
    trial,
)


@EXAMPLES
@given(SEEDS, SIZES, CLASSES, THRESHOLDS, st.booleans())
def test_rtdetr_with_logits(seed: int, size: tuple[int, int], n_classes: int, threshold: float, is_late: bool) -> None:
    random = np.random.default_rng(seed)
    boxes, logits = as_float32(random.uniform(0, 1, (300, 4)), random.normal(0, 4, (300, n_classes)))
    outputs, names = [logits[None], boxes[None]], ("logits", "pred_boxes")
    if is_late:
        outputs, names = outputs[::-1], names[::-1]
    for family in ("rtdetr", "auto"):
        layout = recognise(family, trial(*outputs, size=size, labels=n_classes, names=names))
        assert (layout.n_classes, layout.preparation, layout.has_repeats) == (n_classes, RGB_0_TO_1, False)
        expected = plain.rtdetr(boxes.tolist(), logits.tolist(), threshold, *size)
        assert_same(layout.decode(outputs, threshold), expected)


@EXAMPLES
@given(SEEDS, SIZES, THRESHOLDS, st.permutations([0, 1, 2]), st.sampled_from([np.int64, np.int32, np.float32]))
def test_rtdetr_with_labels_boxes_and_scores(
    seed: int, size: tuple[int, int], threshold: float, order: list[int], kind: Any
) -> None:
    random = np.random.default_rng(seed)
    first = random.uniform(0, 0.5, (300, 2)) * size
    (corners,) = as_float32(np.concatenate([first, first + 5], axis=1)[None])
    (scores,) = as_float32(random.uniform(0, 1, (1, 300)))
    labels = random.integers(0, 80, (1, 300)).astype(kind)
    every = [(labels, "labels"), (corners, "boxes"), (scores, "scores")]
    outputs = [every[place][0] for place in order]
    layout = recognise("auto", trial(*outputs, size=size, names=tuple(every[place][1] for place in order)))
    expected = [
        (*box, float(score), int(label))
        for box, score, label in zip(corners[0].tolist(), scores[0], labels[0], strict=True)
        if score >= threshold
    ]
    assert_same(layout.decode(outputs, threshold), expected)


@EXAMPLES
@given(SEEDS, SIZES, st.integers(3, 6), THRESHOLDS)
def test_rtdetr_in_one_map(seed: int, size: tuple[int, int], n_classes: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    (rows,) = as_float32(random.uniform(0, 1, (300, 4 + n_classes)))
    for family in ("rtdetr", "auto"):
        layout = recognise(family, trial(rows[None], size=size, labels=n_classes))
        assert (layout.name, layout.has_repeats) == ("RT-DETR: one map", False)
        in_pixels = rows.copy()
        in_pixels[:, :4] *= np.array([size[0], size[1]] * 2)
        assert_same(layout.decode([rows[None]], threshold), plain.yolo8(in_pixels.tolist(), n_classes, threshold))
