"""The clock of a gateway beside that of the NATS servers: a few messages in a row must agree, and one is not enough."""

from __future__ import annotations

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.relay.gateway_clocks import ClockApart, GatewayClocks, clocks_from, clocks_text

DAY_S = 86_400.0
NOW_S = 1_800_000_000.0


class Site:
    """Gateways whose messages are stored one after the other. `ticks_s` is the clock of `deliver`."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.ticks_s = 0.0
        self.clocks = GatewayClocks("https://vms:1", Announcer([self.notices.append]), lambda: self.ticks_s)
        self._stored_at_s = NOW_S

    def store(self, count: int, wrong_by_s: float, *, every_s: float = 20.0, gateway: str = "gate-1") -> None:
        """Store messages of a gateway whose clock is wrong by this."""
        for _ in range(count):
            self._stored_at_s += every_s
            self.clocks.note(gateway, self._stored_at_s + wrong_by_s, self._stored_at_s)

    def said(self) -> list[tuple[str, object]]:
        return [(one.name, one.fields.get("apart_s")) for one in self.notices]


@pytest.mark.parametrize("wrong_by_s", [DAY_S, -DAY_S, 3600.0, -45.0, 45.0])
def test_a_clock_that_is_wrong_is_said_until_it_is_right(wrong_by_s: float) -> None:
    site = Site()
    site.store(2, wrong_by_s)
    assert site.clocks.apart() == ()
    site.store(5, wrong_by_s)
    [apart] = site.clocks.apart()
    assert apart.gateway == "gate-1" and abs(apart.apart_s - wrong_by_s) <= 5
    assert len(site.said()) == 1
    site.store(2, -1.0)
    assert len(site.clocks.apart()) == 1
    site.store(1, -1.0)
    assert site.clocks.apart() == ()
    assert [name for name, _ in site.said()] == ["gateway_clock_apart", "gateway_clock_agrees"]


def test_a_clock_that_is_right_again_is_said_although_every_second_message_comes_late() -> None:
    site = Site()
    site.store(3, 3600.0)
    for late_s in (0.0, 8.0, 0.0):
        assert len(site.clocks.apart()) == 1
        site.store(1, -late_s)
    assert site.clocks.apart() == ()


def test_messages_that_waited_for_the_network_say_nothing() -> None:
    """All of them are stored at once, or each has waited for another time."""
    site = Site()
    site.store(50, -120.0, every_s=0.01)
    for waited_s in (300.0, 200.0, 100.0, 50.0, 0.5, 0.5, 0.5):
        site.store(1, -waited_s)
    assert site.said() == []


def test_a_gateway_of_an_older_version_says_nothing() -> None:
    site = Site()
    for number in range(5):
        site.clocks.note("gate-1", 0.0, NOW_S + 20 * number)
    assert site.said() == []


def test_each_gateway_has_a_clock_of_its_own_and_a_larger_difference_is_said_again() -> None:
    site = Site()
    for _ in range(3):
        site.store(1, 0.0, gateway="gate-1")
        site.store(1, 3600.0, gateway="gate-2")
    site.store(3, DAY_S, gateway="gate-2")
    assert [(one.gateway, one.text) for one in site.clocks.apart()] == [("gate-2", "1 day ahead of the NATS servers'")]
    assert [apart_s for _, apart_s in site.said()] == [3600, DAY_S]


def test_a_gateway_that_is_silent_for_a_day_is_known_no_more() -> None:
    site = Site()
    site.store(3, DAY_S)
    assert site.clocks.apart()
    site.ticks_s += DAY_S + 1
    assert site.clocks.apart() == ()


def test_what_stands_in_the_cluster_is_read_again_and_what_cannot_be_read_is_nothing() -> None:
    apart = [ClockApart("gate-1", -86_400, NOW_S)]
    assert clocks_from(clocks_text(apart).decode()) == apart
    assert clocks_from("deliver-1") == [] == clocks_from('{"a": 1}')
