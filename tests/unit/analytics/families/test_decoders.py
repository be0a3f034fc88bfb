"""Every family's decoder gives what a plain one gives, for any outputs of its layout, and recognises that layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.analytics.decode import RawBoxes
from securos_trigger.analytics.families import Layout, LayoutError, Trial, recognise
from securos_trigger.analytics.families.layout import BGR_0_TO_255, BGR_OF_IMAGENET, RGB_0_TO_1
from tests.unit.analytics.families import plain_decoders as plain

SIZES = st.sampled_from([(64, 64), (96, 64), (64, 160), (416, 416)])
SEEDS = st.integers(0, 2**32 - 1)
CLASSES = st.integers(1, 6)
THRESHOLDS = st.floats(0.05, 0.95)
EXAMPLES = settings(max_examples=40, deadline=None)


def trial(*outputs: Any, size: tuple[int, int] = (64, 64), labels: int | None = None, **more: Any) -> Trial:
    names = more.pop("names", tuple(f"output{number}" for number in range(len(outputs))))
    return Trial(tuple(outputs), names, size[0], size[1], labels, more.pop("metadata", {}))


def cells(size: tuple[int, int], strides: Sequence[int] = (8, 16, 32)) -> int:
    return sum(-(-size[0] // stride) * -(-size[1] // stride) for stride in strides)


def places(random: np.random.Generator, rows: int, size: tuple[int, int]) -> Any:
    """Centre and size in pixels, over the whole input."""
    wide = np.array([size[0], size[1], size[0] / 2, size[1] / 2])
    return random.uniform(0, 1, (rows, 4)) * wide + 3


def assert_same(found: RawBoxes, expected: list[plain.Box]) -> None:
    rows = [(*corners, p, c) for corners, p, c in zip(found.corners, found.probabilities, found.class_ids, strict=True)]
    assert len(rows) == len(expected)
    np.testing.assert_allclose(np.array(rows).reshape(-1, 6), np.array(expected).reshape(-1, 6), rtol=2e-4, atol=2e-2)


def as_float32(*arrays: Any) -> list[Any]:
    return [np.asarray(array, dtype=np.float32) for array in arrays]


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


def refused(family: str, seen: Trial) -> tuple[str, str, str]:
    with pytest.raises(LayoutError) as found:
        recognise(family, seen)
    return str(found.value), found.value.fix, found.value.setting


def test_yolox_is_not_read_as_yolo() -> None:
    grid = trial(np.full((1, 84, 6), 0.1, np.float32), labels=1)
    assert refused("yolo", grid) == (
        "the model's output [1, 84, 6] is laid out like YOLOX",
        'Set family = "yolox".',
        "family",
    )


def test_a_decoded_grid_needs_the_family() -> None:
    places_of_all = np.linspace(0, 64, 84 * 4).reshape(1, 84, 4)
    rows = np.concatenate([places_of_all, np.full((1, 84, 6), 0.1)], axis=2).astype(np.float32)
    assert refused("auto", trial(rows, labels=5)) == (
        "the model's output [1, 84, 10] can be YOLOX's or YOLO v6's, which need other colours",
        'Set family = "yolox" or family = "yolo".',
        "family",
    )
    assert recognise("yolox", trial(rows, labels=5)).preparation == BGR_0_TO_255
    assert recognise("yolo", trial(rows, labels=5)).preparation == RGB_0_TO_1


@pytest.mark.parametrize(
    ("output", "labels", "count"),
    [((1, 84, 200), 2, 80), ((1, 84, 200), 81, 80), ((1, 252, 8), 1, 3)],
)
def test_another_number_of_labels_is_refused_with_the_counts(output: tuple[int, ...], labels: int, count: int) -> None:
    names = "1 name is" if labels == 1 else f"{labels} names are"
    assert refused("yolo", trial(np.full(output, 0.5, np.float32), labels=labels)) == (
        f"{names} given, and the model has {count} classes",
        "Name every class, in the model's order.",
        "labels",
    )


def test_an_output_of_no_family_is_refused_with_what_is_known() -> None:
    what, fix, setting = refused("auto", trial(np.zeros((1, 1000), np.float32)))
    assert (what, setting) == ("its outputs [1, 1000] are those of no known family", "model")
    assert fix.startswith("Known: nanodet: pairs of maps")


def test_a_named_family_that_does_not_fit_names_the_one_that_does() -> None:
    what, fix, setting = refused("rtdetr", trial(np.full((1, 84, 2000), 0.3, np.float32), labels=80))
    assert what == (
        "its outputs are [1, 84, 2000]; a rtdetr model with 80 labels gives labels, boxes and scores; logits and boxes; "
        "or [1, N, 4 + C]"
    )
    assert (fix, setting) == ('Set family = "yolo".', "family")


@pytest.mark.parametrize("value", [7.5, -3.0, float("nan")])
def test_class_values_that_are_no_probabilities_are_refused(value: float) -> None:
    what, _, _ = refused("yolo", trial(np.full((1, 84, 200), value, np.float32), labels=80))
    assert what.startswith("its outputs are [1, 84, 200]; a yolo model with 80 labels gives")


def test_a_model_of_coco_needs_no_labels() -> None:
    layout: Layout = recognise("auto", trial(np.full((1, 84, 200), 0.2, np.float32)))
    assert layout.n_classes == 80


def test_key_points_beside_the_boxes_are_passed_over() -> None:
    output = np.full((1, 4 + 1 + 51, 84), 0.3, np.float32)
    layout = recognise("auto", trial(output, labels=1, metadata={"kpt_shape": "[17, 3]"}))
    assert (layout.name, layout.n_classes) == ("YOLO v8", 1)
