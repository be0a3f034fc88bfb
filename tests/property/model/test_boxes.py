"""Any rectangle is a box within the frame, or none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.model.boxes import PARTS, box_on_frame

any_number = st.floats() | st.integers(-10_000, 10_000).map(float)


@given(st.tuples(any_number, any_number, any_number, any_number), st.tuples(any_number, any_number))
def test_any_rectangle_gives_no_box_or_one_within_the_frame(
    rect: tuple[float, float, float, float], size: tuple[float, float]
) -> None:
    box = box_on_frame(rect, size)
    if box is not None:
        left, top, width, height = (round(side * PARTS) for side in box)
        assert [part / PARTS for part in (left, top, width, height)] == list(box)
        assert 0 <= left < left + width <= PARTS
        assert 0 <= top < top + height <= PARTS
