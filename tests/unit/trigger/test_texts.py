"""Texts of events: a text without a template reads as its template would, and needs no Jinja2."""

from __future__ import annotations

import pytest

from securos_trigger.errors import TemplateError
from securos_trigger.trigger.event_writer import text_of
from securos_trigger.trigger.templates import Template
from securos_trigger.trigger.texts import MAX_SOURCE_CHARACTERS, Rendering, clean_text, has_template


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


def test_clean_text_cuts_strips_and_replaces_what_cannot_be_sent() -> None:
    assert clean_text(" a\ud800b  c", 5) == "a?b"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x07c\x1b[31md\x7f\x9b", "abc[31md"),
        ("first\r\n\tsecond", "first\n\tsecond"),
        ("plate \u202egnp.exe\u2066 x\u2069", "plate gnp.exe x"),
        ("\ufeffcar", "car"),
        ("שלום \u200e(2)", "שלום \u200e(2)"),
    ],
)
def test_what_no_operator_can_see_is_left_out(text: str, seen: str) -> None:
    assert clean_text(text, 100) == seen


@pytest.mark.parametrize(
    ("character", "what"),
    [
        ("e\u0301", "an accent of its own"),
        ("न\u093fं", "vowel signs"),
        ("👨\u200d👩\u200d👧", "a family"),
        ("👍🏽", "a skin tone"),
        ("❤\ufe0f", "a variation"),
        ("🇩🇪", "a flag"),
        ("🏴\U000e0067\U000e0062\U000e007f", "a flag of tags"),
    ],
)
def test_a_cut_tears_no_character_that_a_person_sees_as_one(character: str, what: str) -> None:
    for most in range(len(character) + 1, 5 * len(character)):
        assert clean_text(character * 5, most) == character * (most // len(character)), what


def test_a_character_without_an_end_is_cut_all_the_same() -> None:
    assert clean_text("a" + "\u0301" * 500, 100) == "a" + "\u0301" * 99
