"""How an error reads on a terminal of 80 columns."""

from __future__ import annotations

from securos_trigger.cli.trouble_text import error_text


def test_each_line_of_an_error_is_folded_with_its_indentation() -> None:
    text = f"site.toml: 1 mistake:\n  line 6: {'word ' * 20}\n      Known: {'name, ' * 20}\n      Short."
    lines = error_text(text).split("\n")
    assert max(map(len, lines)) <= 79
    assert (lines[0], lines[-1]) == ("site.toml: 1 mistake:", "      Short.")
    assert [line for line in lines if line.startswith("    word")], "a mistake goes on below its text"
    assert [line for line in lines if line.startswith("        name")], "and what to do about it below that"
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())


def test_a_line_that_carets_point_into_stays_whole() -> None:
    text = f"wrong:\n    {'a > b and ' * 9}\n    {' ' * 70}^^"
    assert error_text(text) == text
