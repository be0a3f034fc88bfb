"""Losses are counted one by one, and logged when they begin, once a minute, and when they end."""

from __future__ import annotations

import logging
import time

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.losses import Losses, LossReport
from securos_trigger.system.timestamps import service_clock_s
from tests.builders import event

WALL_S = 1_700_000_000.0


class Watched:
    """Losses on a clock that the test sets, and what was announced."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.heard: list[Notice] = []
        announcer = Announcer([self.heard.append])
        self.losses = Losses(announcer, clock=lambda: WALL_S + self.now_s, ticks=lambda: 50.0 + self.now_s)

    def lose(self, at_s: float, reason: str = "the outbox is full") -> None:
        self.now_s = at_s
        self.losses.note_lost(event(), "yard/alarm", reason)

    def keep(self, at_s: float) -> None:
        self.now_s = at_s
        self.losses.note_kept()

    def logged(self) -> list[tuple[str, object]]:
        """What a log at the level INFO shows: name and count."""
        return [(one.name, one.fields.get("count")) for one in self.heard if one.level > logging.DEBUG]


def test_the_log_has_the_beginning_the_count_of_each_minute_and_the_end() -> None:
    watched = Watched()
    for at_s in range(150):
        watched.lose(float(at_s))
    watched.keep(200.0)
    assert watched.logged() == [
        ("event_not_kept", None),
        ("events_lost", 61),
        ("events_lost", 121),
        ("events_kept_again", 150),
    ]
    assert watched.heard[-1].fields["outage_s"] == 200.0
    assert [one.name for one in watched.heard].count("event_not_kept") == 150, "observers see each"


def test_an_event_that_is_kept_between_losses_ends_nothing() -> None:
    watched = Watched()
    watched.lose(0.0)
    watched.keep(5.0)
    watched.lose(8.0)
    watched.keep(17.0)
    assert watched.logged() == [("event_not_kept", None)]
    watched.keep(18.0)
    watched.keep(19.0)
    assert watched.logged() == [("event_not_kept", None), ("events_kept_again", 2)]
    watched.lose(30.0)
    assert watched.logged()[2:] == [("event_not_kept", None)]


def test_the_report_says_how_many_since_when_and_why() -> None:
    watched = Watched()
    assert watched.losses.report() == LossReport(0, None, None, "", is_over=True)
    watched.lose(1.0)
    watched.lose(4.0, "the disk is full")
    report = watched.losses.report()
    assert report == LossReport(2, WALL_S + 1.0, WALL_S + 4.0, "the disk is full", is_over=False, count_since=2)
    assert (report.is_recent(WALL_S + 63.0), report.is_recent(WALL_S + 64.0)) == (True, False)
    watched.keep(20.0)
    assert watched.losses.report() == LossReport(
        2, WALL_S + 1.0, WALL_S + 4.0, "the disk is full", is_over=True, count_since=2
    )
    assert watched.losses.count == 2


@pytest.mark.parametrize("set_by_s", [3_600.0, -3_600.0])
def test_a_loss_is_one_of_the_present_for_a_minute_whatever_the_clock_is_set_to(
    set_by_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses, now_s, now_ticks = Losses(Announcer()), time.time(), time.monotonic()
    losses.note_lost(event(), "yard/alarm", "the outbox is full")
    monkeypatch.setattr(time, "time", lambda: now_s + set_by_s)
    assert losses.report().is_recent(service_clock_s())
    monkeypatch.setattr(time, "monotonic", lambda: now_ticks + 100.0)
    assert not losses.report().is_recent(service_clock_s())
