"""Times of other systems, with the mistakes that are usual in them."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.inputs.times import TimeUnit, instant

AT = 1_777_885_951.25


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (AT, TimeUnit.SECONDS),
        (str(AT), TimeUnit.SECONDS),
        (AT * 1e3, TimeUnit.MILLISECONDS),
        (int(AT * 1e6), TimeUnit.MICROSECONDS),
        (int(AT * 1e9), TimeUnit.NANOSECONDS),
        (AT, TimeUnit.AUTO),
        (AT * 1e3, TimeUnit.AUTO),
        (int(AT * 1e6), TimeUnit.AUTO),
        (int(AT * 1e9), TimeUnit.AUTO),
        ("2026-05-04T09:12:31.250Z", TimeUnit.SECONDS),
        ("2026-05-04T11:12:31.250:+0200", TimeUnit.SECONDS),
        ("2026-05-04T11:12:31.250 +02:00", TimeUnit.SECONDS),
        ("2026-05-04 09:12:31.250", TimeUnit.SECONDS),
        ("2026-05-04T09:12:31.250000000Z", TimeUnit.SECONDS),
    ],
)
def test_every_form_is_the_same_instant(value: Any, unit: TimeUnit) -> None:
    assert instant(value, unit) == pytest.approx(AT, abs=1e-3)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        4.2,
        "1970-01-01T00:04:10Z",
        2**63 - 1,
        10**400,
        "soon",
        "2026-99-99T00:00:00Z",
        "T",
        [],
        {},
        float("nan"),
    ],
)
def test_what_is_no_time_of_this_age_is_none(value: Any) -> None:
    assert instant(value) is None
