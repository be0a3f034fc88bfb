"""Any rectangle is a shape within 100 percent, or none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.delivery.webhook.shapes import shapes_text
from securos_trigger.model.boxes import box_on_frame

numbers = st.floats(-1e4, 1e4) | st.integers(-5000, 5000)


sides = st.floats(1, 1e4) | st.integers(1, 8192)


@given(st.tuples(numbers, numbers, numbers, numbers), st.tuples(sides, sides))
def test_any_rectangle_is_nothing_or_stays_within_100_percent(
    rect: tuple[float, float, float, float], size: tuple[float, float]
) -> None:
    box = box_on_frame(rect, size)
    if box is None:
        return
    left, top, width, height = (round(float(text) * 1e5) for text in shapes_text([box])[5:].split(","))
    whole = 100 * 10**5
    assert 0 <= left < left + width <= whole
    assert 0 <= top < top + height <= whole
    assert abs(left / whole - max(0.0, rect[0] / size[0])) < 1e-7
