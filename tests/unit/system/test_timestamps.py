"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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


def test_the_text_is_read_back_as_the_same_instant() -> None:
    instant = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    assert datetime.fromisoformat(rfc3339(instant.timestamp())) == instant
