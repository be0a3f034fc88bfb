"""Texts are cut to the longest beginning that fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from securos_trigger.video.text_layout import TextLayout

FONT = ImageFont.load_default(16)
LETTERS = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=200)


@given(LETTERS, st.integers(20, 400))
def test_a_text_is_the_longest_beginning_that_fits(text: str, room: int) -> None:
    found = TextLayout().cut(text, FONT, room)
    if found == text:
        assert FONT.getlength(text) <= room
        return
    assert found.endswith("…") and text.startswith(found[:-1])
    assert FONT.getlength(found) <= room
    assert FONT.getlength(text[: len(found)] + "…") > room or FONT.getlength(text) > room


@pytest.mark.parametrize(("room", "expected"), [(500, "one two"), (1, "…"), (0, "…")])
def test_lines_are_joined_and_too_little_room_leaves_the_ellipsis(room: int, expected: str) -> None:
    assert TextLayout().cut("one\ntwo", FONT, room) == expected


def test_a_long_text_is_cut_where_a_short_one_is() -> None:
    layout = TextLayout()
    assert layout.cut("W" * 100_000, FONT, 300) == layout.cut("W" * 60, FONT, 300)
    assert layout.cut("i" * 100_000, FONT, 300) == layout.cut("i" * 140, FONT, 300)
