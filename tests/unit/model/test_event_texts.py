"""Texts of events as an operator sees them: cut between characters, without signs that cannot be seen."""

from __future__ import annotations

import pytest

from securos_trigger.model.event_texts import clean_text


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
