"""The clocks of the NATS servers beside that of this machine, and how long a message waited though one is wrong."""

from __future__ import annotations

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.relay.names import Names
from securos_trigger.relay.server_clocks import SeenClock, ServerClocks, apart_of, waited_s

NOW_S = 1_800_000_000.0
HOURS_S = 7200.0
DAY_S = 86_400.0
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


@pytest.mark.parametrize("server_off_s", [0.0, HOURS_S, -HOURS_S])
@pytest.mark.parametrize("waited", [0.0, 3.0, 600.0, 3 * DAY_S])
@pytest.mark.parametrize("is_measured", [True, False])
def test_the_clock_of_the_server_makes_no_message_older(server_off_s: float, waited: float, is_measured: bool) -> None:
    ahead_s = server_off_s if is_measured else 0.0
    found = waited_s(NOW_S, NOW_S - waited + server_off_s, NOW_S - waited, ahead_s)
    assert found == pytest.approx(waited, abs=HOURS_S if waited > HOURS_S else 1e-3)


@pytest.mark.parametrize("gateway_off_s", [HOURS_S, -HOURS_S, DAY_S, -DAY_S])
@pytest.mark.parametrize("waited", [0.0, 3.0, 600.0])
def test_the_clock_of_the_gateway_makes_no_message_older(gateway_off_s: float, waited: float) -> None:
    assert waited_s(NOW_S, NOW_S - waited, NOW_S - waited + gateway_off_s) == pytest.approx(waited)


@pytest.mark.parametrize("off_s", [HOURS_S, -HOURS_S])
@pytest.mark.parametrize("waited", [0.0, 600.0])
def test_the_clock_of_this_machine_makes_no_message_older_when_it_is_known(off_s: float, waited: float) -> None:
    at_s = NOW_S - waited
    assert waited_s(NOW_S + off_s, at_s, at_s, -off_s) == pytest.approx(waited)


def test_a_message_of_an_older_gateway_has_the_wait_that_the_server_says_and_at_least_none() -> None:
    assert waited_s(NOW_S, NOW_S - 60.0) == 60.0
    assert waited_s(NOW_S, NOW_S + 60.0) == 0.0
    assert waited_s(NOW_S, NOW_S + 60.0, ahead_s=90.0) == 30.0


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
