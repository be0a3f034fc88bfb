"""Counts as a person reads them."""

from __future__ import annotations

from securos_trigger.plurals import counted


def test_one_is_no_plural() -> None:
    assert [counted(number, "event") for number in (0, 1, 2010)] == ["0 events", "1 event", "2,010 events"]


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(number, "delivery", "deliveries") for number in (1, 2)] == ["1 delivery", "2 deliveries"]
