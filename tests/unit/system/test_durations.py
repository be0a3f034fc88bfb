"""Lengths of time as a person reads them."""

from __future__ import annotations

import pytest

from securos_trigger.system.durations import duration_text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (59.6, "1 min"),
        (108, "1 min 48 s"),
        (3_600, "1 h"),
        (3_601, "1 h"),
        (7_500, "2 h 5 min"),
        (86_400, "1 day"),
        (86_460, "1 day"),
        (90_000, "1 day 1 h"),
        (273_600, "3 days 4 h"),
        (400_000_000, "4,629 days 15 h"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration_text(seconds) == words
