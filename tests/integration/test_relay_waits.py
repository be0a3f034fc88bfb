"""How long an event waited in the cluster, in all combinations of wrong clocks.

The model here knows the true times, and gives each machine a clock of its own. What is tested sees only these clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from securos_trigger.notices import Announcer
from securos_trigger.relay.gateway_clocks import GatewayClocks
from securos_trigger.relay.names import Names
from securos_trigger.relay.server_clocks import SeenClock, ServerClocks, waited_s

NOW_S = 1_800_000_000.0
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
NAMES = Names("securos")
#: A wait that is found is as good as the clocks that count as right.
CLOSE_S = 5.0
WAITS_S = [0.0, 3.0, 100.0, 400.0, 600.0, HOUR_S, 3700.0, 2 * HOUR_S, 7800.0, DAY_S, 3 * DAY_S]
GATEWAYS = [0.0, 4.0, -4.0, 120.0, -120.0, HOUR_S, -HOUR_S, 2 * HOUR_S, -2 * HOUR_S, DAY_S, -DAY_S]
SERVERS = [0.0, 4.0, -4.0, 6.0, -6.0, HOUR_S, 2 * HOUR_S, -HOUR_S, -2 * HOUR_S, -DAY_S]


def close_s(server_off_s: float) -> float:
    """A gateway that is a little wrong cannot say which of two clocks stamped a message that are nearly as close."""
    return max(CLOSE_S, abs(server_off_s)) if abs(server_off_s) < 10.0 else CLOSE_S


each_gateway = pytest.mark.parametrize("gateway_off_s", GATEWAYS)
each_server = pytest.mark.parametrize("server_off_s", SERVERS)


@dataclass
class Cluster:
    """`nats1` is right, `nats2` is `server_off_s` ahead. `deliver` is right, and has seen both lead a stream.

    Messages up to 10 were stored before `leader` was seen to lead the events, those up to 20 before the last look,
    which was 10 s ago.
    """

    gateway_off_s: float
    server_off_s: float
    leader: str = "nats2"
    is_gateway_known: bool = True

    def __post_init__(self) -> None:
        self.ticks_s = 0.0
        self.servers = ServerClocks(Announcer([]), lambda: self.ticks_s)
        self.gateways = GatewayClocks("https://vms:1", Announcer([]), lambda: 0.0)
        for name, stream in (("nats1", "securos-outcomes"), ("nats2", "securos-dead"), (self.leader, "securos-events")):
            off_s = self.off_s(name)
            self.servers.note([SeenClock(name, stream, off_s - 0.1, off_s + 0.1, 10)], NAMES)
        off_s = self.off_s(self.leader)
        self.servers.note([SeenClock(self.leader, "securos-events", off_s - 0.1, off_s + 0.1, 20)], NAMES)
        self.ticks_s = 10.0
        if self.is_gateway_known:
            for before_s in (90.0, 60.0, 30.0, 0.0):
                at_s = NOW_S - before_s
                stored_at_s = at_s + self.off_s(self.leader)
                self.gateways.note("gate-1", at_s + self.gateway_off_s, stored_at_s, self.servers.ahead_s)

    def off_s(self, server: str) -> float:
        return self.server_off_s if server == "nats2" else 0.0

    def found_s(self, wait_s: float, stored_by: str, sequence: int) -> float:
        """What is found for a message that waits for `wait_s` in truth."""
        at_s = NOW_S - wait_s
        published_at_s = 0.0 if self.gateways.is_apart("gate-1") else at_s + self.gateway_off_s
        return self.servers.waited_s(NOW_S, sequence, at_s + self.off_s(stored_by), published_at_s)

    def of_leader(self, wait_s: float) -> float:
        return self.found_s(wait_s, self.leader, 11)

    def of_before(self, wait_s: float, stored_by: str) -> float:
        """The same of a message that was stored before the leader was seen to lead."""
        return self.found_s(wait_s, stored_by, 10)


@each_gateway
@each_server
@pytest.mark.parametrize("is_gateway_known", [True, False])
def test_the_wait_is_right_where_the_clock_of_the_server_is_known(
    gateway_off_s: float, server_off_s: float, is_gateway_known: bool
) -> None:
    cluster = Cluster(gateway_off_s, server_off_s, is_gateway_known=is_gateway_known)
    assert [cluster.of_leader(one) for one in WAITS_S] == pytest.approx(WAITS_S, abs=CLOSE_S)


@each_gateway
@each_server
def test_what_came_since_the_last_look_is_right_though_another_server_leads_by_now(
    gateway_off_s: float, server_off_s: float
) -> None:
    for leader, stored_by in product(("nats1", "nats2"), repeat=2):
        cluster = Cluster(gateway_off_s, server_off_s, leader)
        found = [cluster.found_s(one, stored_by, 21) for one in (0.0, 3.0, 9.0)]
        assert found == pytest.approx([0.0, 3.0, 9.0], abs=close_s(server_off_s)), (leader, stored_by)


@each_server
@pytest.mark.parametrize("gateway_off_s", [0.0, 4.0, -4.0])
@pytest.mark.parametrize("leader", ["nats1", "nats2"])
@pytest.mark.parametrize("stored_by", ["nats1", "nats2"])
def test_one_wrong_server_makes_no_event_older_and_none_younger(
    gateway_off_s: float, server_off_s: float, leader: str, stored_by: str
) -> None:
    cluster = Cluster(gateway_off_s, server_off_s, leader)
    found = [cluster.of_before(one, stored_by) for one in WAITS_S]
    assert found == pytest.approx(WAITS_S, abs=close_s(server_off_s))


@each_gateway
@pytest.mark.parametrize("is_gateway_known", [True, False])
def test_one_wrong_gateway_makes_no_event_younger_and_none_older(gateway_off_s: float, is_gateway_known: bool) -> None:
    cluster = Cluster(gateway_off_s, 0.0, is_gateway_known=is_gateway_known)
    assert (
        [cluster.of_before(one, "nats1") for one in WAITS_S] == WAITS_S == [cluster.of_leader(one) for one in WAITS_S]
    )


@each_gateway
@each_server
def test_a_wrong_gateway_beside_a_wrong_server_makes_no_event_younger_than_the_server_says(
    gateway_off_s: float, server_off_s: float
) -> None:
    for leader, stored_by in product(("nats1", "nats2"), repeat=2):
        cluster = Cluster(gateway_off_s, server_off_s, leader)
        for wait_s in WAITS_S:
            by_server_s = wait_s - max(0.0, cluster.off_s(stored_by))
            assert cluster.of_before(wait_s, stored_by) >= by_server_s - close_s(server_off_s), (leader, wait_s)


@pytest.mark.parametrize("gateway_off_s", [120.0, -120.0, HOUR_S, -HOUR_S, DAY_S])
@pytest.mark.parametrize("stored_by", ["nats1", "nats2"])
def test_a_gateway_of_which_nothing_is_known_yet_counts_only_where_it_fits_a_server(
    gateway_off_s: float, stored_by: str
) -> None:
    """As when `deliver` starts: of what waits since before, no message says whether its gateway is right."""
    cluster = Cluster(gateway_off_s, -2 * HOUR_S, is_gateway_known=False)
    for wait_s in WAITS_S:
        assert cluster.of_before(wait_s, stored_by) == wait_s - cluster.off_s(stored_by)


@pytest.mark.parametrize("off_s", [2 * HOUR_S, -2 * HOUR_S])
def test_the_clock_of_this_machine_makes_no_message_older_when_it_is_known(off_s: float) -> None:
    servers = ServerClocks(Announcer([]))
    for last in (10, 20):
        servers.note([SeenClock("nats1", "securos-events", -off_s - 0.1, -off_s + 0.1, last)], NAMES)
    for wait_s in WAITS_S:
        at_s = NOW_S - wait_s
        assert servers.waited_s(NOW_S + off_s, 11, at_s, at_s) == pytest.approx(wait_s)


def test_a_message_of_an_older_gateway_has_the_wait_that_the_server_says_and_at_least_none() -> None:
    assert waited_s(NOW_S, NOW_S - 60.0) == 60.0
    assert waited_s(NOW_S, NOW_S + 60.0) == 0.0
    assert waited_s(NOW_S, NOW_S + 60.0, [90.0]) == 30.0
