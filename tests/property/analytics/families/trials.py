"""What the tests of the families share: trials of made outputs, and the comparison with the plain decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from securos_trigger.analytics.decode import RawBoxes
from securos_trigger.analytics.families import LayoutError, Trial, recognise
from tests.property.analytics.families import plain_decoders as plain

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


def refused(family: str, seen: Trial) -> tuple[str, str, str]:
    with pytest.raises(LayoutError) as found:
        recognise(family, seen)
    return str(found.value), found.value.fix, found.value.setting
