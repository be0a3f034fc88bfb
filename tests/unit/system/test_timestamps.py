"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from securos_trigger.system.timestamps import rfc3339


@pytest.mark.parametrize(
    ("at_s", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000.25, "2023-11-14T22:13:20.250Z"),
        (1_700_000_000.9999, "2023-11-14T22:13:20.999Z"),
    ],
)
def test_an_instant_has_milliseconds_and_ends_in_z(at_s: float, text: str) -> None:
    assert rfc3339(at_s) == text


@given(st.floats())
@example(253_402_300_799.9999)
@example(-62_135_596_800.0)
def test_every_number_is_an_instant_that_can_be_read_back_in_every_zone(at_s: float) -> None:
    instant = datetime.fromisoformat(rfc3339(at_s))
    for hours in (-23, 23):
        assert instant.astimezone(timezone(timedelta(hours=hours))) == instant


def test_the_text_is_read_back_as_the_same_instant() -> None:
    instant = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    assert datetime.fromisoformat(rfc3339(instant.timestamp())) == instant
