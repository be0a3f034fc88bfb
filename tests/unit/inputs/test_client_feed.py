"""The feed that runs the network client of a camera."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable

from securos_trigger.errors import FeedLostError
from securos_trigger.inputs.client_feed import ClientFeed, MessageClient
from securos_trigger.inputs.feed import MAX_WAITING, ConnectionState
from securos_trigger.inputs.message import Message
from securos_trigger.notices import Announcer, Notice, kinds


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30.0
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


class Client:
    """Gives some messages for each connection, then fails, ends or waits, as it is asked to."""

    def __init__(self, state: ConnectionState, ends: list[Exception | None], messages: int = 2) -> None:
        self.state = state
        self.ends = ends
        self.count = messages
        self.connections = self.given = 0
        self.is_closed = threading.Event()

    async def messages(self) -> AsyncGenerator[Message, None]:
        self.connections += 1
        self.state.note_connected()
        try:
            for _ in range(self.count):
                self.given += 1
                yield Message(body=b"x", arrived_at=1.0)
            if not self.ends:
                await asyncio.Event().wait()
            if (error := self.ends.pop(0)) is not None:
                raise error
        finally:
            self.is_closed.set()


def made(ends: list[Exception | None], heard: list[Notice], messages: int = 2) -> tuple[ClientFeed, Client]:
    clients: list[Client] = []

    def make(state: ConnectionState) -> MessageClient:
        clients.append(Client(state, ends, messages))
        return clients[0]

    feed = ClientFeed("gate", make, Announcer([heard.append]), first_pause_s=0.01)
    return feed, clients[0]


def test_a_client_that_is_lost_ends_or_has_a_bug_is_started_again() -> None:
    heard: list[Notice] = []
    feed, client = made([FeedLostError("the login is refused"), None, KeyError("bug")], heard)
    feed.start()
    wait_until(lambda: client.connections == 4 and feed.state.is_connected)
    feed.close()
    assert client.is_closed.is_set()
    assert len(feed.queue) == 8
    reasons = [str(notice.fields["reason"]) for notice in heard if notice.kind is kinds.SOURCE_LOST]
    assert reasons == [
        "the login is refused",
        "the connection has ended",
        "an unexpected error in the client: KeyError",
    ]
    assert [notice.kind for notice in heard].count(kinds.THREAD_FAILED) == 1


def test_a_client_is_asked_for_no_more_while_the_queue_is_full() -> None:
    feed, client = made([], [], messages=MAX_WAITING + 500)
    feed.start()
    wait_until(lambda: feed.queue.is_full)
    assert client.given <= MAX_WAITING + 1
    taken = 0
    while taken < MAX_WAITING + 500:
        taken += len(feed.queue.take(64, 30.0))
    feed.close()
    assert taken == client.given == MAX_WAITING + 500
