"""Texts are cut to the longest beginning that fits."""

from __future__ import annotations

import pytest
from PIL import ImageFont

from securos_trigger.video.text_layout import TextLayout

FONT = ImageFont.load_default(16)


@pytest.mark.parametrize(("most_width", "expected"), [(500, "one two"), (1, "…"), (0, "…")])
def test_lines_are_joined_and_too_little_width_leaves_the_ellipsis(most_width: int, expected: str) -> None:
    assert TextLayout().cut("one\ntwo", FONT, most_width) == expected


def test_a_long_text_is_cut_where_a_short_one_is() -> None:
    layout = TextLayout()
    assert layout.cut("W" * 100_000, FONT, 300) == layout.cut("W" * 60, FONT, 300)
    assert layout.cut("i" * 100_000, FONT, 300) == layout.cut("i" * 140, FONT, 300)
