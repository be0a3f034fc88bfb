"""A day of a site with Frigate through the parser and the reducer alone: every beginning is new once, nothing else is.

The site, its broker and the model of what must come of it are those of the soak `frigate_day`, which takes the same way
through the whole bridge for an hour.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from securos_trigger.inputs.feed import DEALT_WITH
from securos_trigger.inputs.happening import Happening, Verdict
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.known import KnownStates
from securos_trigger.inputs.reader import InputReader
from soak.frigate_day import CAMERAS, Broker
from soak.frigate_model import Delivered, Expected, Names, expected_of
from soak.frigate_site import HOUR_S, Site

DAY_S = 24 * HOUR_S
PEOPLE_PER_HOUR = 20.0
#: The reader is made anew, from what was stored, after this many batches of the broker.
RESTART_EVERY = 7


class Day:
    """A day, and what the reader has found in it from `begins_s` on, by the names of the soak's trigger nodes."""

    def __init__(self, seed: int, begins_s: float = 0.0) -> None:
        self.site = Site(seed, CAMERAS, length_s=DAY_S, people_per_hour=PEOPLE_PER_HOUR)
        self.broker = Broker(self.site)
        self.found: dict[str, Counter[str]] = {
            name: Counter() for name in ("any", "moving", "fence", "review", "alert")
        }
        self.delivered: list[Delivered] = []
        self.reader = _reader(KnownStates())
        batches = 0
        while arrivals := self.broker.take(256, 0.0):
            batches += 1
            if batches % RESTART_EVERY == 0:
                self._restart()
            for arrival, delivered in zip(arrivals, self.broker.delivered[-len(arrivals) :], strict=True):
                if delivered.at_s >= begins_s:
                    self.delivered.append(delivered)
                    for one in self.reader.take(arrival.message):
                        self._count(one)
                assert arrival.acknowledge is not None
                arrival.acknowledge(DEALT_WITH)

    def expected(self) -> Expected:
        """What the model says of what was delivered."""
        objects = expected_of(self.site, self.delivered, is_of_reviews=False)
        reviews = expected_of(self.site, self.delivered, is_of_reviews=True)
        return Expected(objects.events | reviews.events | {"alert": alerts_of(self.delivered)}, objects.present)

    def _restart(self) -> None:
        """The service ends and starts again, with what was stored."""
        assert self.reader.counts[Verdict.MALFORMED] == 0
        stored = json.loads(json.dumps(list(self.reader.known.to_rows())))
        self.reader = _reader(KnownStates.from_rows([(name, row) for name, row in stored]))

    def _count(self, found: Happening) -> None:
        reading = found.reading
        name = reading.identity.rpartition("|")[2]
        if found.verdict is Verdict.NEW and reading.about == "review":
            self.found["review"][name] += 1
        elif found.verdict is Verdict.NEW:
            self.found["any"][name] += 1
            if reading.more.get("movement"):
                self.found["moving"][name] += 1
        if found.verdict in (Verdict.UPDATE, Verdict.END) and "entered_zones" in found.changes:
            self.found["fence"][name] += 1
        if "severity" in found.changes and reading.severity == "alert":
            self.found["alert"][name] += 1


def _reader(known: KnownStates) -> InputReader:
    kind = load_kind("frigate")
    return InputReader(kind, kind.settings.model_validate({"cameras": dict.fromkeys(CAMERAS, "1")}), known)


def alerts_of(delivered: Sequence[Delivered]) -> Names:
    """The reviews whose severity must be seen to rise: their beginning was delivered, then the alert."""
    names = Names()
    has_begun: set[str] = set()
    for one in delivered:
        if one.said.kind == "new":
            has_begun.add(one.said.about)
        if b'"severity": "alert"' in one.said.body:
            (names.must if one.said.about in has_begun and one.said.kind == "update" else names.may).add(one.said.about)
    return Names(names.must - names.may, names.may)


@pytest.mark.parametrize(("seed", "begins_s"), [(1, 0.0), (2, 0.0), (3, DAY_S / 2)])
def test_every_beginning_is_new_once_and_nothing_else_is(seed: int, begins_s: float) -> None:
    """Also when the bridge is there only from noon on: what began before is no news."""
    day = Day(seed, begins_s)
    expected = day.expected()
    for name, fired in day.found.items():
        names = expected.events[name]
        assert names.must, name
        assert names.must - set(fired) == set(), name
        assert set(fired) - names.must - names.may == set(), name
        assert {about for about, count in fired.items() if count > 1} == set(), name
    assert day.reader.counts[Verdict.MALFORMED] == 0
    live = {name.rpartition("|")[2] for name, _ in day.reader.known.live()} & set(day.site.things)
    objects = {name for name in live if not day.site.things[name].is_review}
    must = set().union(*(names.must for names in expected.present.values()))
    may = set().union(*(names.may for names in expected.present.values()))
    assert must - objects == set()
    assert objects - must - may == set()
