"""Outcomes of events that an outbox does not have are reported once, and so is their end."""

from __future__ import annotations

from securos_trigger.notices import Announcer, Notice
from securos_trigger.relay.foreign_outcomes import OVER_AFTER_S, ForeignOutcomes


def test_they_are_reported_when_they_begin_and_ten_minutes_after_the_last() -> None:
    notices: list[Notice] = []
    now = [1000.0]
    foreign = ForeignOutcomes("gate-1", Announcer([notices.append]), lambda: now[0])
    foreign.look()
    assert notices == []
    for event_id in ("a", "b"):
        foreign.note(event_id)
        assert foreign.are_coming
        now[0] += OVER_AFTER_S - 1
        foreign.look()
    assert [(one.name, one.fields) for one in notices] == [("outcomes_foreign", {"gateway": "gate-1", "event_id": "a"})]
    now[0] += 1
    for _ in range(2):
        foreign.look()
    assert [one.name for one in notices] == ["outcomes_foreign", "outcomes_own_again"]
    assert not foreign.are_coming
    foreign.note("c")
    assert [one.fields.get("event_id") for one in notices] == ["a", None, "c"]
