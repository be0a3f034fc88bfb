"""A receiver to which nothing is sent: one connection says what the next event would meet, and leaves no trace there."""

from __future__ import annotations

import asyncio
import gc
import shutil
import socket
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from securos_trigger.delivery import Connection, TrustStore, Webhook
from securos_trigger.delivery.transport import Reach
from securos_trigger.model import Retry, RetryKind, Target
from securos_trigger.notices import Announcer
from tests.integration.fake_receivers import OldReceiver, RawServer, never_answering, tls_server
from tests.integration.test_webhook import CERTIFICATE, OTHER_CERTIFICATE, close, delivery, to

SCRIPT = """\
const fs = require('fs');
const folder = process.argv[2];
const options = { key: fs.readFileSync(folder + '/key.pem'), cert: fs.readFileSync(folder + '/cert.pem') };
const server = require('https').createServer(options, (request, response) => {
  console.log('REQUEST ' + request.url);
  response.statusCode = 404;
  response.end('{}');
});
for (const name of ['clientError', 'tlsClientError']) server.on(name, (error) => console.log('FAULT ' + name + ' ' + error));
server.on('secureConnection', (one) => one.on('close', () => console.log('CLOSED')));
server.on('secureConnection', (one) => one.on('error', (error) => console.log('FAULT socket ' + error)));
server.listen(0, '127.0.0.1', () => console.log('PORT ' + server.address().port));
"""


def checked(connection: Connection, *, store: TrustStore | None = None, asks_health: bool = False) -> Reach | Retry:
    async def run() -> Reach | Retry:
        webhook = Webhook(connection, announcer=Announcer(), trust_store=store)
        found = await webhook.check(asks_health=asks_health)
        await close(webhook)
        return found

    return asyncio.run(run())


def both(connection: Connection, store: TrustStore | None = None) -> Retry:
    """What a check finds wrong: the same as an attempt."""

    async def run() -> Retry:
        webhook = Webhook(connection, announcer=Announcer(), trust_store=store)
        found = await webhook.check(asks_health=False)
        outcome = await webhook.attempt(delivery("1"), late=False)
        await close(webhook)
        assert isinstance(found, Retry)
        assert found == outcome
        return found

    return asyncio.run(run())


def test_a_connection_alone_is_enough_and_no_request_is_sent() -> None:
    with RawServer(never_answering, CERTIFICATE) as server:
        assert checked(to(server)) is Reach.CONNECTED
        assert server.received == b""
    with RawServer(never_answering) as server:
        assert checked(to(server, connect_timeout_s=1.0)) is Reach.CONNECTED
        assert bytes(server.received[:1]) in (b"", b"\x16")  # the hello of TLS: does the port speak it now?


def test_a_port_that_speaks_https_now_is_found_by_a_check_of_plain_http_and_the_other_way_round() -> None:
    with OldReceiver(CERTIFICATE) as receiver:
        changed = both(Connection(Target("http", "127.0.0.1", receiver.port), "token"))
    assert changed.kind is RetryKind.WRONG_SCHEME
    assert changed.message == f'127.0.0.1:{receiver.port} speaks HTTPS. Set iss_scheme to "https".'
    with OldReceiver() as plain:
        assert checked(to(plain)) is Reach.CONNECTED
        assert both(Connection(Target("https", "127.0.0.1", plain.port), "token")).kind is RetryKind.WRONG_SCHEME


@pytest.mark.parametrize(("answers_plain", "finds"), [(False, Reach.CONNECTED), (True, RetryKind.WRONG_SCHEME)])
def test_a_port_that_speaks_both_schemes_is_no_trouble(answers_plain: bool, finds: Reach | RetryKind) -> None:
    """`answers_plain` with 400: some web servers refuse a plain request so on their port of HTTPS."""
    listening = socket.create_server(("127.0.0.1", 0))
    context = tls_server(CERTIFICATE)

    def serve() -> None:
        while True:
            try:
                one = listening.accept()[0]
            except OSError:
                return
            with one:
                try:
                    if one.recv(1, socket.MSG_PEEK) == b"\x16":
                        context.wrap_socket(one, server_side=True).close()
                    elif one.recv(4096):
                        one.sendall(b"HTTP/1.1 400 Bad Request\r\n" if answers_plain else b"HTTP/1.1 404 Not Found\r\n")
                except OSError:
                    pass  # the client went first

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        found = checked(Connection(Target("http", "127.0.0.1", listening.getsockname()[1]), "token"))
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
    assert (found.kind if isinstance(found, Retry) else found) is finds


def test_a_receiver_that_does_not_say_good_bye_leaves_no_connection_behind() -> None:
    """A connection that stands when its loop ends is a descriptor less, and a warning, at any later time."""
    context = tls_server(CERTIFICATE)
    is_over = threading.Event()

    def accept_and_fall_silent(listening: socket.socket) -> None:
        with context.wrap_socket(listening.accept()[0], server_side=True):
            is_over.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as listening, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        target = Target("https", "127.0.0.1", listening.getsockname()[1])
        thread = threading.Thread(target=accept_and_fall_silent, args=(listening,))
        thread.start()
        found = checked(Connection(target=target, token="unused", certificate_sha256=CERTIFICATE.sha256))
        gc.collect()
        is_over.set()
        thread.join()
    assert found is Reach.CONNECTED
    assert [str(one.message) for one in seen] == []


def test_the_certificate_is_checked_as_a_delivery_checks_it(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as receiver:
        assert checked(to(receiver)) is Reach.CONNECTED
        wrong = both(to(receiver, certificate_sha256="ab" * 32))
        assert wrong.kind is RetryKind.UNTRUSTED
        (tmp_path / "other.pem").write_text(OTHER_CERTIFICATE.cert_pem)
        assert both(to(receiver, certificate_sha256=None, ca_file=tmp_path / "other.pem")).kind is RetryKind.UNTRUSTED
        (tmp_path / "own.pem").write_text(CERTIFICATE.cert_pem)
        assert checked(to(receiver, certificate_sha256=None, ca_file=tmp_path / "own.pem")) is Reach.CONNECTED
    assert receiver.bodies == []


def test_an_unknown_certificate_is_not_remembered_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    with OldReceiver(CERTIFICATE) as receiver:
        port, connection = receiver.port, to(receiver, certificate_sha256=None)
        assert checked(connection, store=store) is Reach.CONNECTED
        assert checked(connection, store=store, asks_health=True) is Reach.CONNECTED
        assert not store.path.exists()
        store.remember_first(connection.target, CERTIFICATE.sha256)
        assert checked(connection, store=store, asks_health=True) is Reach.READY
    with OldReceiver(OTHER_CERTIFICATE, port):
        changed = both(connection, store)
    assert changed.kind is RetryKind.UNTRUSTED
    assert "has changed" in changed.message
    assert store.known(connection.target) == CERTIFICATE.sha256


def test_what_is_wrong_is_said_in_the_words_of_a_delivery(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = Connection(Target("http", "127.0.0.1", taken.getsockname()[1]), "token")
        assert "onnection refused" in both(nobody).message
        assert both(Connection(Target("https", "nobody.invalid", 3443), "token")).kind is RetryKind.UNREACHABLE
    with OldReceiver() as plain:
        as_https = Connection(Target("https", "127.0.0.1", plain.port), "token", certificate_sha256="ab" * 32)
        assert both(as_https).kind is RetryKind.WRONG_SCHEME
    with RawServer(never_answering) as silent:
        began_at = time.monotonic()
        connection = Connection(
            Target("https", "127.0.0.1", silent.port), "token", certificate_sha256="ab" * 32, connect_timeout_s=1.0
        )
        assert checked(connection) == Retry(
            RetryKind.UNREACHABLE,
            f"https://127.0.0.1:{silent.port} takes no events: it takes the connection, and then sends nothing for 1 s: it hangs, or is overloaded.",
        )
        assert time.monotonic() - began_at < 30


@pytest.mark.parametrize("is_ready", [True, False])
def test_a_receiver_that_says_how_it_is_is_believed(is_ready: bool) -> None:
    with OldReceiver(CERTIFICATE) as receiver:
        receiver.is_core_ready = is_ready
        found = checked(to(receiver), asks_health=True)
    not_ready = Retry(RetryKind.NOT_READY, "The receiver answers, but SecurOS behind it is not ready.")
    assert found == (Reach.READY if is_ready else not_ready)


@pytest.fixture
def node_server(tmp_path: Path) -> Iterator[tuple[Target, Callable[[], list[str]]]]:
    """A published script in short: Node.js that logs what goes wrong, with what it has logged."""
    node = shutil.which("node")
    assert node is not None
    (tmp_path / "server.js").write_text(SCRIPT)
    (tmp_path / "key.pem").write_text(CERTIFICATE.key_pem)
    (tmp_path / "cert.pem").write_text(CERTIFICATE.cert_pem)
    log = tmp_path / "log"

    def lines() -> list[str]:
        return log.read_text().splitlines()

    with log.open("w") as out:
        server = subprocess.Popen([node, tmp_path / "server.js", tmp_path], stdout=out)
    try:
        until_s = time.monotonic() + 60
        while not lines():
            assert time.monotonic() < until_s
            time.sleep(0.05)
        yield Target("https", "127.0.0.1", int(lines()[0].removeprefix("PORT "))), lines
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("is_known", [True, False])
def test_a_published_script_logs_nothing_of_a_check(
    is_known: bool, node_server: tuple[Target, Callable[[], list[str]]], tmp_path: Path
) -> None:
    target, lines = node_server
    store = TrustStore(tmp_path / "trust.json")
    pin = CERTIFICATE.sha256 if is_known else None
    for _ in range(3):
        assert checked(Connection(target, "token", certificate_sha256=pin), store=store) is Reach.CONNECTED
    until_s = time.monotonic() + 60
    while lines().count("CLOSED") < 3:
        assert time.monotonic() < until_s, lines()
        time.sleep(0.05)
    assert [line for line in lines() if line.startswith(("FAULT", "REQUEST"))] == []
