"""One trouble as plain data, and its instants and ages in words."""

from __future__ import annotations

from datetime import UTC, datetime

from securos_trigger.operations.trouble import Trouble, age_s, clock, since, worst_first

NOW = datetime(2026, 3, 2, 3, 17, 0, tzinfo=UTC)


def test_instants_are_short() -> None:
    assert clock("2026-03-01T23:59:59.000Z", NOW) == "2026-03-01 23:59"
    assert clock("2026-03-02T03:12:00.000Z", NOW) == "03:12:00"


def test_an_age_is_in_seconds_and_in_words() -> None:
    assert age_s("2026-03-02T03:16:30.000Z", NOW) == 30.0
    assert since("2026-03-02T03:12:00.000Z", NOW) == "since 03:12:00 (5 min)"


def test_a_trouble_is_plain_data() -> None:
    assert Trouble("a", "b", True).to_json() == {"text": "a", "fix": "b", "needs_person": True}


def test_what_needs_a_person_comes_first_in_the_same_order() -> None:
    first, second, third, fourth = (Trouble(text, "", text in "bd") for text in "abcd")
    assert worst_first([first, second, third, fourth]) == (second, fourth, first, third)
