"""The connection to the first server that answers, and what becomes of the attempts at the others."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay import connection
from securos_trigger.relay.connection import ClusterConnection, ClusterUnavailableError, Refusals, connect

LIMIT_S = 30.0


class FakeClient:
    """A client of a server that answers."""

    is_closed = False

    def __init__(self, *, is_silent: bool = False) -> None:
        self.is_aborted = False
        self._is_silent = is_silent
        self._transport = SimpleNamespace(_io_writer=SimpleNamespace(transport=self))

    def abort(self) -> None:
        """Note it, as the transport below a client."""
        self.is_aborted = True

    def jetstream(self, **_options: object) -> None:
        """Give nothing: only the connection counts here."""

    async def close(self) -> None:
        """Close it, at once or never."""
        if self._is_silent:
            await asyncio.sleep(LIMIT_S)


def settings_of(*servers: str) -> RelaySettings:
    return RelaySettings.model_validate({"servers": list(servers), "gateway": "site", "replicas": 1})


def test_a_silent_server_is_given_up_beside_the_connection_that_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = list[str]()
    may_end, is_asked = asyncio.Event(), asyncio.Event()

    async def asked(_settings: RelaySettings, server: str, _name: str) -> ClusterConnection:
        if server == "nats://silent:4222":
            try:
                is_asked.set()
                await asyncio.sleep(LIMIT_S)
            finally:
                await may_end.wait()  # as what is half open to a silent server
                ended.append(server)
        await is_asked.wait()
        return ClusterConnection(cast(Any, FakeClient()), server, asyncio.Event(), Refusals())

    async def main() -> None:
        monkeypatch.setattr(connection, "_connected", asked)
        monkeypatch.setattr(connection, "_NEXT_SERVER_AFTER_S", 0.0)
        made = await asyncio.wait_for(connect(settings_of("nats://silent:4222", "nats://good:4222"), "test"), LIMIT_S)
        assert (made.server, ended) == ("nats://good:4222", [])
        may_end.set()
        await made.close()
        assert ended == ["nats://silent:4222"]

    asyncio.run(main())


def test_when_no_server_answers_each_is_named_with_its_reason() -> None:
    servers = settings_of("nats://127.0.0.1:1", "nats://127.0.0.1:2")
    with pytest.raises(ClusterUnavailableError) as caught:
        asyncio.run(connect(servers, "test"))
    assert all(one in str(caught.value) for one in ("nats://127.0.0.1:1: ", "nats://127.0.0.1:2: "))


def test_the_socket_is_closed_also_where_the_end_of_the_connection_is_cancelled() -> None:
    client = FakeClient(is_silent=True)

    async def main() -> None:
        made = ClusterConnection(cast(Any, client), "nats://silent:4222", asyncio.Event(), Refusals())
        closing = asyncio.create_task(made.close())
        await made.lost.wait()
        await asyncio.sleep(0)  # it waits for the client
        closing.cancel()
        await asyncio.wait([closing])

    asyncio.run(main())
    assert client.is_aborted
