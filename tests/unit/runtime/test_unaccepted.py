"""A receiver that answers and accepts no event: when that begins, and everything that ends it."""

from __future__ import annotations

import time

import pytest

from securos_trigger.model import Accepted
from securos_trigger.notices import Announcer, NoticeKind, kinds
from securos_trigger.outbox import Backlog, Oldest
from securos_trigger.runtime.deliver_status import DeliverStatus
from securos_trigger.runtime.target_status import unaccepted_answer
from securos_trigger.runtime.troubles_seen import TroublesSeen

TARGET = "https://a.example:3443"
SINCE = "not_accepted_since"


class Site:
    """What is seen of one receiver, with clocks that the test sets: Unix seconds, and monotonic ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 10.0
        monkeypatch.setattr(time, "time", lambda: self.now_s)
        monkeypatch.setattr(time, "monotonic", lambda: self.now_s)
        self.seen = TroublesSeen()
        self.deliver = DeliverStatus([TARGET])
        self._announcer = Announcer([self.seen.observe, self.deliver.observe])
        self._announcer.announce(kinds.TARGET_TAKEN, target=TARGET)

    def say(self, kind: NoticeKind, *, accepted: Accepted = Accepted.NO, reason: str = "", wait_s: float = 1.0) -> None:
        about = {"target": TARGET, "event_name": "Alarm", "event_id": "e", "cameras": "1,2", "failed_cameras": ""}
        more = {"latency_s": 0.1, "late": False, "duplicate": False, "attempts": 1, "outage_s": 1.0}
        every = {**about, **more, "accepted": accepted, "reason": reason, "wait_s": wait_s}
        self._announcer.announce(kind, **{key: value for key, value in every.items() if key in kind.fields})

    def since(self) -> object:
        """Since when, as `deliver` says it, and the service of what it has seen."""
        [of_deliver] = self.deliver.answer()["targets"]
        assert of_deliver.get(SINCE) == self.seen.target(TARGET).get(SINCE)
        return of_deliver.get(SINCE)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)


def test_it_lasts_from_the_first_event_that_no_camera_has_got_with_what_was_answered_last(site: Site) -> None:
    site.say(kinds.DELIVERY_RETRY, reason="first")
    site.now_s = 90.0
    site.say(kinds.DELIVERY_RETRY, reason="second")
    assert site.since() == "1970-01-01T00:00:10.000Z"
    assert site.seen.target(TARGET)["not_accepted_reason"] == "second"


@pytest.mark.parametrize("accepted", [Accepted.NOW, Accepted.BEFORE])
def test_an_event_that_another_camera_has_is_accepted_although_it_goes_again(site: Site, accepted: Accepted) -> None:
    for site.now_s in (10.0, 90.0, 300.0):
        site.say(kinds.DELIVERY_RETRY, accepted=accepted, reason="camera 1: recording failed: no archive")
        assert site.since() is None


@pytest.mark.parametrize("end", [kinds.DELIVERY_DONE, kinds.DELIVERY_RELAYED, kinds.TARGET_RECOVERED])
def test_an_event_that_arrives_ends_it(site: Site, end: NoticeKind) -> None:
    site.say(kinds.DELIVERY_RETRY)
    site.say(end)
    assert site.since() is None
    site.now_s = 90.0
    site.say(kinds.DELIVERY_RETRY)
    assert site.since() == "1970-01-01T00:01:30.000Z"


def test_an_event_that_is_given_up_ends_nothing_while_others_go_again(site: Site) -> None:
    for site.now_s in (10.0, 40.0, 70.0, 100.0):
        site.say(kinds.DELIVERY_RETRY)
        site.say(kinds.DELIVERY_DEAD, reason="camera 9: event refused: SecurOS knows no such camera")
    assert site.since() == "1970-01-01T00:00:10.000Z"


def test_an_event_that_one_camera_gets_ends_it_and_one_that_goes_again_for_others_does_not(site: Site) -> None:
    site.say(kinds.DELIVERY_RETRY)
    site.say(kinds.DELIVERY_RETRY, accepted=Accepted.BEFORE)
    assert site.since(), "the camera got it before"
    site.say(kinds.DELIVERY_RETRY, accepted=Accepted.NOW)
    assert site.since() is None


def test_it_ends_five_minutes_after_the_last_event_was_due_again(site: Site) -> None:
    """A person has dropped or moved it, or has purged the stream: nobody says so to `deliver`."""
    site.say(kinds.DELIVERY_RETRY, wait_s=600.0)
    site.say(kinds.DELIVERY_RETRY, wait_s=1.0)
    site.now_s += 600.0 + 299.0
    assert site.since() == "1970-01-01T00:00:10.000Z", "the receiver has asked for a wait of 10 minutes"
    site.now_s += 2.0
    assert site.since() is None
    site.say(kinds.DELIVERY_RETRY)
    assert site.since() == "1970-01-01T00:15:11.000Z", "another trouble"


def test_it_lasts_for_as_long_as_events_go_again(site: Site) -> None:
    for _ in range(200):
        site.say(kinds.DELIVERY_RETRY, wait_s=30.0)
        site.now_s += 60.0
    assert site.since() == "1970-01-01T00:00:10.000Z"


def test_the_service_knows_that_nothing_waits_or_only_newer_events(site: Site) -> None:
    site.say(kinds.DELIVERY_RETRY)
    health = site.seen.target(TARGET)

    def since_with(oldest: Oldest | None) -> object:
        return unaccepted_answer(health, Backlog(int(oldest is not None), 0, oldest, 0)).get(SINCE)

    assert since_with(Oldest(1, 2.0)) == "1970-01-01T00:00:10.000Z"
    assert since_with(None) is None, "a person has dropped what waited"
    assert since_with(Oldest(1, 100.0)) == "1970-01-01T00:01:40.000Z", "what was before is over"
    assert unaccepted_answer(health, None) == health, "the outbox did not answer"
