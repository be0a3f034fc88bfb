"""Counts, carets and escapes as a person reads them."""

from __future__ import annotations

from securos_trigger.errors.wording import caret_lines, counted, printable


def test_one_is_no_plural() -> None:
    assert [counted(number, "event") for number in (0, 1, 2010)] == ["0 events", "1 event", "2,010 events"]


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(number, "delivery", "deliveries") for number in (1, 2)] == ["1 delivery", "2 deliveries"]


def test_a_long_line_is_shortened_around_the_place() -> None:
    source = "x" * 500 + "!" + "y" * 500
    line, caret = caret_lines(source, 500, 501).split("\n")
    assert len(line) <= 104
    assert line[caret.index("^")] == "!"


def test_only_the_line_of_the_place_is_shown() -> None:
    assert caret_lines("first\nsecond\nthird", 8, 11) == "    second\n      ^^^"


def test_no_terminal_is_steered_by_a_text() -> None:
    assert printable("gate\x1b[2J\n\ud800é") == "gate\\x1b[2J\\n\\ud800é"
