"""YOLO: each layout gives what the plain decoder gives, for any outputs."""

from __future__ import annotations

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
    cells,
    places,
    trial,
)


@EXAMPLES
@given(SEEDS, SIZES, CLASSES, THRESHOLDS, st.sampled_from([0, 5, 32]), st.booleans(), st.booleans())
def test_yolo_8(
    seed: int, size: tuple[int, int], n_classes: int, threshold: float, masks: int, is_fraction: bool, is_turned: bool
) -> None:
    random = np.random.default_rng(seed)
    count = cells(size)
    boxes, more = places(random, count, size), random.uniform(0, 1, (count, masks))
    (rows,) = as_float32(np.concatenate([boxes, random.uniform(0, 1, (count, n_classes)), more], axis=1))
    given_rows = rows.copy()
    if is_fraction:
        given_rows[:, :4] /= np.array([size[0], size[1]] * 2)
    # In rows a map of YOLO v8 with one more class is one of v5 with its objectness: only columns are tried with masks.
    is_turned = is_turned and not masks
    outputs = [given_rows[None] if is_turned else given_rows.T[None]]
    outputs += as_float32(np.zeros((1, masks, 16, 16))) if masks else []
    layout = recognise("yolo", trial(*outputs, size=size, labels=n_classes))
    assert (layout.n_classes, layout.preparation, layout.has_repeats) == (n_classes, RGB_0_TO_1, True)
    assert_same(layout.decode(outputs, threshold), plain.yolo8(rows.tolist(), n_classes, threshold))


@EXAMPLES
@given(SEEDS, SIZES, CLASSES, THRESHOLDS, st.sampled_from([0, 32]))
def test_yolo_5(seed: int, size: tuple[int, int], n_classes: int, threshold: float, masks: int) -> None:
    random = np.random.default_rng(seed)
    count = 3 * cells(size)
    values = random.uniform(0, 1, (count, 1 + n_classes + masks))
    (rows,) = as_float32(np.concatenate([places(random, count, size), values], axis=1))
    outputs = [rows[None], *(as_float32(np.zeros((1, masks, 16, 16))) if masks else [])]
    for family in ("yolo", "auto"):
        layout = recognise(family, trial(*outputs, size=size, labels=n_classes))
        assert (layout.name, layout.n_classes, layout.preparation) == ("YOLO v5", n_classes, RGB_0_TO_1)
        assert_same(layout.decode(outputs, threshold), plain.yolo5(rows.tolist(), n_classes, threshold))


@EXAMPLES
@given(SEEDS, SIZES, st.integers(0, 300), THRESHOLDS, st.booleans(), st.sampled_from([1, 2, 80, None]))
def test_yolo_end_to_end(
    seed: int, size: tuple[int, int], used: int, threshold: float, is_fraction: bool, n_labels: int | None
) -> None:
    random = np.random.default_rng(seed)
    first = random.uniform(0, 0.5, (used, 2)) * size
    last = first + 4 + random.uniform(0, 0.4, (used, 2)) * size
    kinds = random.integers(0, n_labels or 80, (used, 1))
    filled = np.concatenate([first, last, random.uniform(0, 1, (used, 1)), kinds], axis=1)
    (rows,) = as_float32(np.concatenate([filled, np.zeros((300 - used, 6))]))
    given_rows = rows.copy()
    if is_fraction:
        given_rows[:, :4] /= np.array([size[0], size[1]] * 2)
    for family in ("yolo", "auto"):
        layout = recognise(family, trial(given_rows[None], size=size, labels=n_labels))
        assert (layout.name, layout.n_classes, layout.has_repeats) == ("YOLO, end to end", None, False)
        assert_same(layout.decode([given_rows[None]], threshold), plain.end_to_end(rows.tolist(), threshold))


def test_key_points_beside_the_boxes_are_passed_over() -> None:
    output = np.full((1, 4 + 1 + 51, 84), 0.3, np.float32)
    layout = recognise("auto", trial(output, labels=1, metadata={"kpt_shape": "[17, 3]"}))
    assert (layout.name, layout.n_classes) == ("YOLO v8", 1)
