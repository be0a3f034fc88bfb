"""The clocks of the NATS servers beside that of this machine, and how long a message waited though one is wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.relay.connection import ClusterConnection
from securos_trigger.relay.names import Names
from securos_trigger.relay.server_clocks import SeenClock, ServerClocks, apart_of, read_clocks

NOW_S = 1_800_000_000.0
HOURS_S = 7200.0
NAMES = Names("securos")


class Site:
    """Servers whose clocks are read. `ticks_s` is the clock of `deliver`."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.ticks_s = 0.0
        self.clocks = ServerClocks(Announcer([self.notices.append]), lambda: self.ticks_s)

    def see(
        self, server: str, ahead_s: float, *, slow_s: float = 0.1, stream: str = "securos-events", last: int = 0
    ) -> None:
        self.clocks.note([SeenClock(server, stream, ahead_s - slow_s, ahead_s + slow_s, last)], NAMES)

    def said(self) -> list[tuple[str, object]]:
        return [(one.name, one.fields.get("apart_s")) for one in self.notices]


def test_a_clock_that_was_set_is_said_once_more_and_what_waits_is_not_its_own() -> None:
    site = Site()
    site.see("nats1", 0.0, last=10)
    assert site.clocks.is_stamped_by_leader(11)
    site.see("nats1", HOURS_S, last=20)
    assert (site.clocks.is_stamped_by_leader(20), site.clocks.is_stamped_by_leader(21)) == (False, True)
    site.see("nats1", HOURS_S, slow_s=30.0, last=40)
    assert site.clocks.is_stamped_by_leader(21), "a slow answer is no step"
    waits = [site.clocks.waited_s(NOW_S, 15, NOW_S - 600.0 + by_s, NOW_S - 600.0) for by_s in (0.0, HOURS_S)]
    assert waits == [600.0, 600.0]
    site.see("nats1", 0.0, last=60)
    waits = [site.clocks.waited_s(NOW_S, 50, NOW_S - 600.0 + by_s, NOW_S - 600.0) for by_s in (0.0, HOURS_S)]
    assert waits == [600.0, 600.0], "what the wrong clock has stamped may still wait when it is right again"


@pytest.mark.parametrize("ahead_s", [HOURS_S, -HOURS_S, 6.0, -6.0])
def test_a_clock_that_is_wrong_is_said_once_until_it_is_right(ahead_s: float) -> None:
    site = Site()
    site.see("nats1", 0.0)
    for _ in range(3):
        site.see("nats2", ahead_s)
    [apart] = site.clocks.apart()
    assert (apart.server, apart.apart_s) == ("nats2", ahead_s)
    site.see("nats1", 0.0)
    assert len(site.clocks.apart()) == 1
    site.see("nats2", 0.1)
    assert site.clocks.apart() == ()
    assert site.said() == [("server_clock_apart", ahead_s), ("server_clock_agrees", None)]


def test_a_slow_answer_says_nothing() -> None:
    site = Site()
    site.see("nats1", 6.0, slow_s=3.0)
    assert site.clocks.apart() == () == apart_of([SeenClock("nats1", "securos-events", 3.0, 9.0, 0)])
    site.see("nats1", 60.0)
    site.see("nats1", 0.0, slow_s=6.0)
    assert len(site.clocks.apart()) == 1


def test_a_server_that_is_not_seen_for_ten_minutes_is_known_no_more() -> None:
    site = Site()
    site.see("nats1", HOURS_S)
    site.ticks_s = 599.0
    site.see("nats2", 0.0)
    assert len(site.clocks.apart()) == 1
    site.ticks_s = 601.0
    site.see("nats2", 0.0)
    assert site.clocks.apart() == ()
    assert [name for name, _ in site.said()] == ["server_clock_apart", "server_clock_agrees"]


def test_only_what_came_after_a_server_was_seen_to_lead_has_its_time() -> None:
    site = Site()
    assert not site.clocks.is_stamped_by_leader(1)
    site.see("nats1", 0.0, last=10)
    site.see("nats1", 0.0, last=20)
    site.see("nats3", HOURS_S, stream="securos-dead", last=99)
    assert (site.clocks.is_stamped_by_leader(10), site.clocks.is_stamped_by_leader(11)) == (False, True)
    assert site.clocks.ahead_s == 0.0
    site.see("nats2", HOURS_S, last=30)
    assert (site.clocks.is_stamped_by_leader(30), site.clocks.is_stamped_by_leader(31)) == (False, True)
    assert site.clocks.ahead_s == HOURS_S
    site.see("nats2", HOURS_S, last=0)  # the stream was made again
    assert site.clocks.is_stamped_by_leader(1)


@dataclass
class Answers:
    """A cluster of which each server gives the same answer."""

    said: str

    async def ask(self, subject: str) -> bytes:
        assert subject.startswith("$JS.API.STREAM.INFO.")
        return self.said.encode()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "null",
        "not JSON",
        '{"error": {"code": 404}}',
        '{"cluster": null, "ts": "2026-11-26T10:00:00Z", "state": {"last_seq": 1}}',
        '{"cluster": {"leader": "nats1"}, "ts": 5, "state": {"last_seq": 1}}',
        '{"cluster": {"leader": "nats1"}, "ts": "now", "state": {"last_seq": 1}}',
        '{"cluster": {"leader": "nats1"}, "ts": "2026-11-26T10:00:00Z", "state": {"last_seq": null}}',
        '{"cluster": {"leader": "nats1"}, "ts": "2026-11-26T10:00:00Z", "state": []}',
    ],
)
def test_an_answer_in_unknown_words_says_nothing_of_a_clock(said: str) -> None:
    assert asyncio.run(read_clocks(cast(ClusterConnection, Answers(said)), NAMES)) == []


def test_an_answer_with_a_time_says_it_of_each_stream() -> None:
    said = '{"cluster": {"leader": "nats1"}, "ts": "2026-11-26T10:00:00Z", "state": {"last_seq": 7}}'
    found = asyncio.run(read_clocks(cast(ClusterConnection, Answers(said)), NAMES))
    assert [(one.server, one.stream) for one in found] == [
        ("nats1", NAMES.events), ("nats1", NAMES.outcomes), ("nats1", NAMES.dead), ("nats1", f"KV_{NAMES.leases}")
    ]  # fmt: skip
