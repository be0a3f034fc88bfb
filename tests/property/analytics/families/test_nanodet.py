"""NanoDet: each layout gives what the plain decoder gives, for any outputs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.analytics.families import recognise
from securos_trigger.analytics.families.layout import BGR_OF_IMAGENET
from tests.property.analytics.families import plain_decoders as plain
from tests.property.analytics.families.trials import (
    CLASSES,
    EXAMPLES,
    SEEDS,
    SIZES,
    THRESHOLDS,
    as_float32,
    assert_same,
    cells,
    trial,
)


@EXAMPLES
@given(SEEDS, SIZES, CLASSES, THRESHOLDS, st.sampled_from([8, 11]))
def test_nanodet(seed: int, size: tuple[int, int], n_classes: int, threshold: float, bins: int) -> None:
    random = np.random.default_rng(seed)
    scores, distances, expected = [], [], []
    for stride in (8, 16, 32):
        count = cells(size, [stride])
        level = as_float32(random.uniform(0, 1, (count, n_classes)), random.normal(0, 2, (count, 4 * bins)))
        scores.append(level[0][None])
        distances.append(level[1][None])
        expected += plain.nanodet_level(level[0].tolist(), level[1].tolist(), threshold, stride, size[0])
    layout = recognise("auto", trial(*scores, *distances, size=size, labels=n_classes))
    assert (layout.name, layout.n_classes, layout.preparation) == ("NanoDet", n_classes, BGR_OF_IMAGENET)
    assert_same(layout.decode([*scores, *distances], threshold), expected)


@EXAMPLES
@given(SEEDS, SIZES, CLASSES, THRESHOLDS)
def test_nanodet_plus(seed: int, size: tuple[int, int], n_classes: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    strides = (8, 16, 32, 64)
    count = cells(size, strides)
    scores, distances = as_float32(random.uniform(0, 1, (count, n_classes)), random.normal(0, 2, (count, 32)))
    (whole,) = as_float32(np.concatenate([scores, distances], axis=1)[None])
    layout = recognise("nanodet", trial(whole, size=size, labels=n_classes))
    expected, first = [], 0
    for stride in strides:
        rows = slice(first, first := first + cells(size, [stride]))
        level = scores[rows].tolist(), distances[rows].tolist()
        expected += plain.nanodet_level(*level, threshold, stride, size[0], offset=0.0)
    assert (layout.name, layout.n_classes) == ("NanoDet-Plus", n_classes)
    assert_same(layout.decode([whole], threshold), expected)
