"""How long deliveries wait, while the clock is set."""

from __future__ import annotations

from securos_trigger.health.ages import Ages, Now
from securos_trigger.outbox import Oldest

TARGET = "https://vms.example:3443"
NOON = 1_700_000_000.0


def test_a_delivery_that_lay_there_at_the_start_has_the_age_that_the_wall_clock_says() -> None:
    assert Ages().since(TARGET, Oldest(7, NOON - 500), Now(100.0, NOON)) == -400.0


def test_a_delivery_that_waits_gets_no_older_when_the_clock_is_set_ahead() -> None:
    ages = Ages()
    assert ages.since(TARGET, Oldest(7, NOON), Now(100.0, NOON)) == 100.0
    assert ages.since(TARGET, Oldest(7, NOON), Now(101.0, NOON + 3_601)) == 100.0


def test_what_was_kept_before_the_clock_was_set_ahead_is_no_older_than_what_went_before_it() -> None:
    ages = Ages()
    ages.since(TARGET, Oldest(7, NOON), Now(100.0, NOON))
    assert ages.since(TARGET, Oldest(8, NOON + 0.5), Now(102.0, NOON + 3_602)) == 100.0


def test_what_comes_after_nothing_waited_is_no_older_than_that() -> None:
    ages = Ages()
    assert ages.since(TARGET, None, Now(100.0, NOON)) is None
    assert ages.since(TARGET, Oldest(8, NOON + 0.5), Now(101.0, NOON + 3_601)) == 100.0


def test_nothing_waits_since_the_future() -> None:
    assert Ages().since(TARGET, Oldest(7, NOON + 9_000), Now(100.0, NOON)) == 100.0
