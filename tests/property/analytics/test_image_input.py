"""An image of any size fits into a model's input, and boxes come back from it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.analytics.image_input import Fit
from tests.unit.analytics.test_image_input import SQUARE

SIDES = st.integers(2, 4_000)


@settings(max_examples=300)
@given(SIDES, SIDES, st.floats(1, 8), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_boxes_come_back_to_where_they_were(width: int, height: int, most_stretch: float, parts: list[float]) -> None:
    fit = Fit.of(width, height, SQUARE, most_stretch)
    box = np.array([parts]) * [width, height, width, height]
    scale = np.array([fit.content_width / width, fit.content_height / height] * 2)
    in_input = box * scale + [fit.left, fit.top, fit.left, fit.top]
    np.testing.assert_allclose(fit.in_image(in_input), box, atol=1e-6 * max(width, height))


@settings(max_examples=300)
@given(SIDES, SIDES, st.floats(1, 8))
def test_an_image_lies_within_the_input_and_keeps_its_shape_beyond_the_ratio(
    width: int, height: int, most_stretch: float
) -> None:
    fit = Fit.of(width, height, SQUARE, most_stretch)
    assert fit.left >= 0 and fit.left + fit.content_width <= 416
    assert fit.top >= 0 and fit.top + fit.content_height <= 416
    assert fit.content_width == 416 or fit.content_height == 416
    across, down = fit.content_width / width, fit.content_height / height
    if (fit.content_width, fit.content_height) == (416, 416):
        assert (
            max(across, down) <= most_stretch * min(across, down) * 1.001
            or abs(width - height) <= max(width, height) / 416
        )
    else:
        # Rounding to whole pixels is all that changes the shape.
        assert abs(fit.content_width - width * min(across, down)) <= 416 / min(fit.content_width, fit.content_height)
