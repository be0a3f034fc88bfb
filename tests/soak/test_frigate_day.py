"""A site with Frigate gives the events that a model of its own expects, and the model finds what is wrong."""

from __future__ import annotations

import pytest

from soak import frigate_day
from soak.frigate_model import Delivered, expected_of
from soak.frigate_site import FENCE, Said, Site, Thing

CAMERAS = ("gate", "yard")
AN_HOUR_S = 3_600.0


def test_an_hour_with_all_its_faults_gives_no_false_event_and_lacks_none() -> None:
    found = frigate_day.run(is_long=False, seed=2, length_s=AN_HOUR_S, people_per_hour=40.0)
    assert found.broken == ()
    assert found.figures["objects: events of any"] != 0
    assert found.figures["reviews: events of review"] != 0


def test_an_event_that_is_missing_false_or_doubled_breaks_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    right = frigate_day.Bridge.events

    def wrong(bridge: frigate_day.Bridge) -> list[tuple[str, str]]:
        first, second, *rest = [one for one in right(bridge) if one[0] in ("any", "review")]
        others = [one for one in right(bridge) if one[0] not in ("any", "review")]
        return [second, second, *rest, *others, (first[0], "ghost")]

    monkeypatch.setattr(frigate_day.Bridge, "events", wrong)
    found = frigate_day.run(is_long=False, seed=1, length_s=300.0)
    said = "\n".join(found.broken)
    assert "objects, any: 1 missing" in said
    assert "objects, any: 1 false, such as ['ghost']" in said
    assert "objects, any: 1 doubled" in said


def expected_after(*said: Said, arrives_s: float = 0.0) -> set[str]:
    """The nodes that must fire for the thing `a` when all of this arrives so many seconds later."""
    site = Site(1, CAMERAS, length_s=60.0, people_per_hour=0.0)
    site.things = {"a": Thing("a", "gate", "person", 100.0)}
    online = Said(0.0, 0, "frigate/available", b"online")
    found = expected_of(site, [Delivered(one, one.sent_s + arrives_s) for one in (online, *said)], is_of_reviews=False)
    return {node for node, names in found.events.items() if "a" in names.must}


def said_at(at_s: float, kind: str, *zones: str) -> Said:
    return Said(at_s, int(at_s), "frigate/events", b"", "a", kind, zones)


def test_the_model_knows_when_something_is_news() -> None:
    new, update = said_at(101, "new"), said_at(130, "update", FENCE)
    assert expected_after(new, update) == {"any", "moving", "fence"}
    assert expected_after(new, update, arrives_s=301.0) == set()  # too old
    assert expected_after(update) == {"any", "moving"}  # its first message was lost
    assert expected_after(said_at(170, "update")) == set()  # it has been there for too long
    assert expected_after(said_at(130, "end")) == set()
