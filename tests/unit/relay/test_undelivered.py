"""Whether events that the cluster has are delivered: said a minute after the last one ended, and when one ends again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Done, Outbox, Relayed, RelayOutcome
from securos_trigger.relay.undelivered import UNDELIVERED_AFTER_S, UndeliveredWatch
from tests import builders

TARGET = "https://vms.example:3443"


class Site:
    """An outbox with a watch whose clock stands still."""

    def __init__(self, outbox: Outbox, notices: list[Notice]) -> None:
        self.outbox = outbox
        self.notices = notices
        self.now = 1000.0
        self.watch = UndeliveredWatch(outbox, Announcer([notices.append]), lambda: self.now)
        self.watch.add(TARGET)

    def relay(self, event_id: str) -> None:
        assert self.outbox.put(builders.event("1", event_id=event_id), TARGET)
        [delivery] = self.outbox.claim(TARGET, 1).result(30)
        self.outbox.settle(delivery, Relayed())

    def look_after(self, seconds: float) -> list[str]:
        """Look, and give the notices that are new."""
        self.now += seconds
        before = len(self.notices)
        assert self.outbox.flush(30)
        self.watch.look()
        return [notice.name for notice in self.notices[before:]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    notices: list[Notice] = []
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer([notices.append]))) as outbox:
        yield Site(outbox, notices)


def test_events_that_no_deliver_takes_are_a_trouble_after_a_minute(site: Site) -> None:
    assert site.look_after(500) == []
    site.relay("a")
    assert site.look_after(UNDELIVERED_AFTER_S - 1) == []
    assert site.watch.stalled() == {}
    assert site.look_after(1) == ["target_undelivered"]
    assert (site.notices[-1].fields["target"], site.notices[-1].fields["count"]) == (TARGET, 1)
    assert site.look_after(100) == []
    assert site.watch.stalled() == {TARGET: UNDELIVERED_AFTER_S + 100}


def test_one_that_ends_is_progress_and_a_second_stop_is_said_again(site: Site) -> None:
    site.relay("a")
    site.relay("b")
    assert site.look_after(UNDELIVERED_AFTER_S) == ["target_undelivered"]
    site.outbox.take_outcomes([RelayOutcome(TARGET, "a", Done())]).result(30)
    site.watch.note_ended([TARGET, "https://other.example:3443"])
    assert site.notices[-1].name == "target_delivered_again"
    assert site.watch.stalled() == {}
    assert site.look_after(UNDELIVERED_AFTER_S) == ["target_undelivered"]
    site.outbox.take_outcomes([RelayOutcome(TARGET, "b", Done())]).result(30)
    assert site.look_after(1) == ["target_delivered_again"]


def test_a_closed_outbox_is_no_fault_of_the_watch(site: Site) -> None:
    site.relay("a")
    assert site.outbox.close(30)
    site.watch.look()
    assert site.watch.stalled() == {}
