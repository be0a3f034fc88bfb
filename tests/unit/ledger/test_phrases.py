"""Times and texts as `explain` prints them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from securos_trigger.ledger.phrases import clock, day, seconds, zone_name

NOON_S = datetime(2026, 11, 22, 12, 0, tzinfo=UTC).timestamp()

pytestmark = pytest.mark.usefixtures("in_berlin")


def test_times_are_local_with_the_zone() -> None:
    assert (day(NOON_S), zone_name(NOON_S)) == ("Sunday 22 November 2026", "CET, UTC+01:00")
    assert zone_name(NOON_S - 150 * 86_400) == "CEST, UTC+02:00"


@pytest.mark.parametrize(
    ("more_s", "text"), [(0, "13:00:00"), (0.25, "13:00:00.25"), (0.004, "13:00:00"), (59.999, "13:01:00")]
)
def test_a_clock_shows_hundredths_only_where_there_are_some(more_s: float, text: str) -> None:
    assert clock(NOON_S + more_s) == text


@pytest.mark.parametrize(
    ("length_s", "text"),
    [
        (0.214, "0.21 s"),
        (9.99, "9.99 s"),
        (42.4, "42 s"),
        (3_000, "50 minutes"),
        (7_200, "2 hours"),
        (200_000, "2 days"),
    ],
)
def test_a_length_is_exact_where_it_is_short(length_s: float, text: str) -> None:
    assert seconds(length_s) == text
