"""YOLOX's grid gives what the plain decoder gives, for any outputs."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from securos_trigger.analytics.families import recognise
from securos_trigger.analytics.families.layout import BGR_0_TO_255
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
@given(SEEDS, SIZES, CLASSES, THRESHOLDS)
def test_yolox(seed: int, size: tuple[int, int], n_classes: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    count = cells(size)
    offsets, values = random.normal(0, 0.5, (count, 4)), random.uniform(0, 1, (count, 1 + n_classes))
    (rows,) = as_float32(np.concatenate([offsets, values], axis=1))
    for family in ("yolox", "auto"):
        layout = recognise(family, trial(rows[None], size=size, labels=n_classes))
        assert (layout.name, layout.n_classes, layout.preparation) == ("YOLOX", n_classes, BGR_0_TO_255)
        assert_same(layout.decode([rows[None]], threshold), plain.yolox(rows.tolist(), n_classes, threshold, *size))
