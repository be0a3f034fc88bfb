"""A text without tags is what its template renders, whatever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.trigger.prepared_text import text_of
from securos_trigger.trigger.templates import Template
from securos_trigger.trigger.texts import FixedText


@given(st.text(st.characters(exclude_characters="{\r"), max_size=60), st.integers(1, 50))
def test_a_fixed_text_is_what_its_template_renders(text: str, max_characters: int) -> None:
    fixed = text_of(text, max_characters)
    assert isinstance(fixed, FixedText)
    assert fixed.render({}, {}) == Template(text, max_characters=max_characters).render({}, {})
