"""Texts of events: a text without a template reads as its template would, and needs no Jinja2."""

from __future__ import annotations

import pytest

from securos_trigger.errors import TemplateError
from securos_trigger.trigger.prepared_text import text_of
from securos_trigger.trigger.templates import Template
from securos_trigger.trigger.texts import MAX_SOURCE_CHARACTERS, Rendering, has_template


def test_a_text_with_a_template_is_compiled() -> None:
    text = text_of("{{ a }}", 10)
    assert isinstance(text, Template)
    assert text.render({}, {"a": 5}) == Rendering("5")


@pytest.mark.parametrize("text", ["{{ a }}", "{% if a %}b{% endif %}", "{# note #}", "a { b", "first\r\nsecond"])
def test_has_template_is_true_for_what_jinja_might_change(text: str) -> None:
    assert has_template(text)


def test_no_text_is_none() -> None:
    assert text_of(None, 10) is None


def test_a_text_that_is_too_long_is_refused_as_a_template_is() -> None:
    with pytest.raises(TemplateError, match="at most 32768 are allowed"):
        text_of("a" * (MAX_SOURCE_CHARACTERS + 1), 10)
