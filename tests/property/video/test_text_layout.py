"""A text of any letters is cut to any width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.video.text_layout import TextLayout
from tests.unit.video.test_text_layout import FONT

LETTERS = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=200)


@given(LETTERS, st.integers(20, 400))
def test_a_text_is_the_longest_beginning_that_fits(text: str, most_width: int) -> None:
    found = TextLayout().cut(text, FONT, most_width)
    if found == text:
        assert FONT.getlength(text) <= most_width
        return
    assert found.endswith("…") and text.startswith(found[:-1])
    assert FONT.getlength(found) <= most_width
    assert FONT.getlength(text[: len(found)] + "…") > most_width or FONT.getlength(text) > most_width
