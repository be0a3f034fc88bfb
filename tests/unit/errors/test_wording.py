"""Counts, lists, carets and escapes as a person reads them."""

from __future__ import annotations

from securos_trigger.errors.wording import caret_lines, counted, one_line, printable, sentence, sentences, some_of


def test_one_is_no_plural() -> None:
    assert [counted(number, "event") for number in (0, 1, 2010)] == ["0 events", "1 event", "2,010 events"]


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(number, "delivery", "deliveries") for number in (1, 2)] == ["1 delivery", "2 deliveries"]


def test_of_many_names_eight_are_listed_and_the_others_counted() -> None:
    assert [some_of(names) for names in ("", "1", "12345678", "1234567890")] == [
        "",
        "1",
        "1, 2, 3, 4, 5, 6, 7, 8",
        "1, 2, 3, 4, 5, 6, 7, 8 and 2 more",
    ]


def test_a_long_line_is_shortened_around_the_place() -> None:
    source = "x" * 500 + "!" + "y" * 500
    line, caret = caret_lines(source, 500, 501).split("\n")
    assert len(line) <= 74
    assert line[caret.index("^")] == "!"
    assert (line.strip()[0], line[-1]) == ("…", "…")


def test_a_line_that_is_cut_at_one_end_says_so_there() -> None:
    line, caret = caret_lines("!" + "y" * 500, 0, 400).split("\n")
    assert (line, caret) == (f"    !{'y' * 68}…", f"    {'^' * 70}")
    line, caret = caret_lines("x" * 500 + "&&", 500, 502).split("\n")
    assert (line, caret) == (f"    …{'x' * 67}&&", f"    {' ' * 68}^^")
    line, caret = caret_lines("x" * 68 + "&&", 68, 70).split("\n")
    assert (line, caret) == (f"    {'x' * 68}&&", f"    {' ' * 68}^^")


def test_only_the_line_of_the_place_is_shown() -> None:
    assert caret_lines("first\nsecond\nthird", 8, 11) == "    second\n      ^^^"


def test_no_terminal_is_steered_by_a_text() -> None:
    assert printable("gate\x1b[2J\n\ud800é") == "gate\\x1b[2J\\n\\ud800é"


def test_sentences_have_one_full_stop_each_and_nothing_is_no_sentence() -> None:
    assert sentences("it failed.", "", " . ", "events may be wrong. ", "look at it") == (
        "It failed. Events may be wrong. Look at it."
    )
    assert sentence("what now?") == "What now?"
    assert sentence("https://10.0.0.9:3443 is away") == "https://10.0.0.9:3443 is away.", "an address stays as it is"


def test_a_mistake_in_a_log_is_one_line_without_the_line_that_carets_point_at() -> None:
    text = "site.toml: line 3: text\n    interval = 10s\n              ^^^\n    Write 10,\n    without quotes."
    assert one_line(text) == "site.toml: line 3: text Write 10, without quotes."
    assert one_line("It failed.") == "It failed."
