"""Connections that send no whole request, or do not read the answer."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from securos_trigger.console.connections import ImpatientProtocol
from securos_trigger.console.door import Door
from securos_trigger.console.networks import network_of
from securos_trigger.vms.receiver_init import new_certified_key

LONG_PIECES = 50


class Hasty(ImpatientProtocol):
    patience_s = 0.3


class Full(ImpatientProtocol):
    max_of_one = 8
    max_open = 12


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Answers once the body is there; `/slow` after several times the patience."""
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/long":
        await _send_much(send)
    if scope["path"] == "/slow":
        await asyncio.sleep(4 * Hasty.patience_s)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def _send_much(send: Any) -> None:
    """As a stream does: more than the buffers of the system hold."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(LONG_PIECES):
        await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(Hasty) as found:
        yield found


@contextmanager
def served(
    protocol: type[ImpatientProtocol], limit_concurrency: int | None = None, tls: tuple[Path, Path] | None = None
) -> Iterator[int]:
    certificate, key = tls or (None, None)
    settings = uvicorn.Config(
        _app,
        http=protocol,
        log_config=None,
        lifespan="off",
        ws="none",
        timeout_keep_alive=30,
        limit_concurrency=limit_concurrency,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    server = uvicorn.Server(settings)
    with protocol.door or socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: here\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n12345",
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "nothing after a request"],
)
def test_a_connection_that_sends_no_whole_request_is_closed(beginning: bytes, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(beginning)
        received = b""
        while chunk := connection.recv(1000):  # a TimeoutError: it is held open
            received += chunk
    assert (b"200 OK" in received) is beginning.endswith(b"here\r\n\r\n")


def test_a_request_that_takes_long_to_answer_is_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_a_connection_that_does_not_read_the_answer_is_ended(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: here\r\n\r\n")
        assert connection.recv(10) == b"HTTP/1.1 2"
        time.sleep(6 * Hasty.patience_s)  # nothing is read meanwhile
        received = 0
        while chunk := connection.recv(1_000_000):
            received += len(chunk)
    assert received < LONG_PIECES * 1_000_000 / 2, "the rest was not sent"


def status_for(host: str, port: int) -> bytes:
    """The status that a request from this address of the machine is answered with; empty: it was closed."""
    with socket.create_connection(("127.0.0.1", port), 30, source_address=(host, 0)) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            return connection.recv(1000)[9:12]
        except OSError:
            return b""


@pytest.mark.parametrize("hosts", [1, 4], ids=["one address", "four addresses"])
@pytest.mark.parametrize(
    "beginning", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n1"]
)
def test_connections_that_send_no_whole_request_keep_nobody_out(beginning: bytes, hosts: int) -> None:
    with served(Full, limit_concurrency=50) as port, ExitStack() as stack:
        for number in range(60):
            source = f"127.0.3.{number % hosts + 1}", 0
            connection = socket.create_connection(("127.0.0.1", port), 30, source_address=source)
            stack.enter_context(closing(connection))
            with suppress(OSError):  # it may be one that was closed
                connection.sendall(beginning)
        assert status_for("127.0.0.1", port) == b"200"
        assert status_for("127.0.3.1", port) == b"200", "of the same address those that wait are closed first"


def test_what_is_answered_is_not_closed_for_a_new_connection() -> None:
    with served(Full, limit_concurrency=50) as port, ExitStack() as stack:
        asked = [stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), 30))) for _ in range(8)]
        for connection in asked:
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n")
        time.sleep(Hasty.patience_s)
        assert status_for("127.0.0.1", port) == b"", "too many of this address, and none of them waits"
        assert status_for("127.0.3.1", port) == b"200"
        assert [connection.recv(1000)[9:12] for connection in asked] == [b"200"] * 8


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made = new_certified_key(["127.0.0.1"])
    files = folder / "cert.pem", folder / "key.pem"
    for file, text in zip(files, (made.cert_pem, made.key_pem), strict=True):
        file.write_text(text)
    return files


def with_door(within_s: float) -> type[ImpatientProtocol]:
    """A protocol behind a small door, which is listening."""
    opened = Door(socket.AF_INET, max_of_one=8, max_all=12, within_s=within_s)
    opened.bind(("127.0.0.1", 0))
    opened.listen(128)
    return type("Behind", (ImpatientProtocol,), {"door": opened})


def tls_status_for(host: str, port: int) -> bytes:
    """The status that a request over TLS from this address of the machine is answered with; empty: it was closed."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 30, source_address=(host, 0)) as plain:
        try:
            with context.wrap_socket(plain) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
                return connection.recv(1000)[9:12]
        except OSError:
            return b""


def is_closed(connection: socket.socket) -> bool:
    """True when the other side has closed it; False when it is open and silent."""
    connection.settimeout(0.05)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize("hosts", [1, 4], ids=["one address", "four addresses"])
@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x01"], ids=["nothing", "half a handshake"])
def test_connections_without_a_handshake_are_few_and_keep_nobody_out(
    beginning: bytes, hosts: int, tls: tuple[Path, Path]
) -> None:
    with served(with_door(within_s=60), tls=tls) as port, ExitStack() as stack:
        opened = []
        for number in range(60):
            source = f"127.0.3.{number % hosts + 1}", 0
            connection = socket.create_connection(("127.0.0.1", port), 30, source_address=source)
            opened.append(stack.enter_context(closing(connection)))
            with suppress(OSError):  # it may be one that was closed
                connection.sendall(beginning)
        assert tls_status_for("127.0.0.1", port) == b"200"
        assert tls_status_for("127.0.3.1", port) == b"200", "of the same address the oldest are closed first"
        assert sum(not is_closed(one) for one in opened) <= 12


@pytest.mark.parametrize("is_https", [True, False])
def test_without_a_free_file_the_log_has_one_line_and_a_person_gets_in_later(
    tls: tuple[Path, Path], caplog: pytest.LogCaptureFixture, *, is_https: bool
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    ask = tls_status_for if is_https else status_for
    with served(with_door(within_s=60), tls=tls if is_https else None) as port, ExitStack() as stack:
        assert ask("127.0.0.1", port) == b"200"
        waiting = [stack.enter_context(closing(socket.socket())) for _ in range(20)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (waiting[-1].fileno() + 1, before[1]))
        try:
            for one in waiting:
                one.connect(("127.0.0.1", port))
            time.sleep(2.5)  # asyncio by itself tries again after 1 s
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert ask("127.0.0.1", port) == b"200"
    said = [one.getMessage() for one in caplog.records if one.levelname in ("WARNING", "ERROR")]
    assert said == ["No file is free for connections to the console (1 times): too many open files."]


def test_a_handshake_that_takes_too_long_is_ended(tls: tuple[Path, Path]) -> None:
    with (
        served(with_door(within_s=0.2), tls=tls) as port,
        closing(socket.create_connection(("127.0.0.1", port), 30)) as connection,
    ):
        assert connection.recv(1) == b""
        assert tls_status_for("127.0.0.1", port) == b"200"


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_network_of_one_machine_counts_as_one_address(host: str, network: str) -> None:
    assert network_of(host) == network


class FilledTransport:
    """A transport whose buffer is what the test says."""

    def __init__(self, *sizes: int) -> None:
        self.sizes = list(sizes)
        self.is_aborted = False

    def get_write_buffer_size(self) -> int:
        return self.sizes.pop(0)

    def abort(self) -> None:
        self.is_aborted = True


@pytest.mark.parametrize(
    ("sizes", "looks", "is_aborted"),
    [
        ((900_000, 880_000, 880_000, 860_000, 860_000), 2, False),
        ((900_000, 900_000), 1, True),
        ((900_000, 880_000, 880_000, 879_000), 2, True),
    ],
    ids=["reads on slowly", "does not read", "reads no more"],
)
def test_a_client_that_reads_on_slowly_keeps_its_connection(
    sizes: tuple[int, ...], looks: int, *, is_aborted: bool
) -> None:
    protocol = Hasty.__new__(Hasty)
    waiting: list[tuple[Any, ...]] = []
    protocol.loop = type("Loop", (), {"call_later": lambda _self, *call: waiting.append(call)})()
    transport = FilledTransport(*sizes)
    protocol.transport = transport  # type: ignore[assignment]
    protocol._look_at_reading_later()
    for _ in range(looks):
        _, look, unread_bytes = waiting.pop()
        look(unread_bytes)
    assert transport.is_aborted is is_aborted
    assert bool(waiting) is not is_aborted
