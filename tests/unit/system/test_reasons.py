"""The operating system's words for what failed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import ssl
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.system.reasons import DISK_IS_FULL, reason_of
from securos_trigger.vms.receiver_init import new_certified_key


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        (tmp_path / "none").read_text()
    assert reason_of(caught.value) == "No such file or directory"


def test_a_full_disk_has_the_same_words_everywhere() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError) as of_system:
        full.write(b"x")
    with closing(sqlite3.connect(":memory:")) as database, pytest.raises(sqlite3.OperationalError) as of_sqlite:
        database.execute("PRAGMA max_page_count = 1")
        database.execute("CREATE TABLE one (it)")
    assert reason_of(of_system.value) == reason_of(of_sqlite.value) == DISK_IS_FULL == "the disk is full"
    assert reason_of(sqlite3.OperationalError("disk I/O error")) == "disk I/O error"


def test_a_refused_connection_has_the_systems_words_and_not_those_of_asyncio() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(OSError) as caught:
        asyncio.run(connect(port))
    assert reason_of(caught.value) == "Connection refused"


async def connect(port: int) -> None:
    await asyncio.open_connection("127.0.0.1", port)


def test_a_name_that_means_nothing_has_the_resolvers_words() -> None:
    assert reason_of(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "Name or service not known"


def test_numbers_of_openssl_are_not_taken_for_those_of_the_system() -> None:
    assert reason_of(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")) == (
        "[SSL: WRONG_VERSION_NUMBER] wrong version number"
    )


@pytest.mark.parametrize(("error", "reason"), [(OSError("it hung up"), "it hung up"), (TimeoutError(), "")])
def test_an_error_without_a_number_has_its_own_words(error: OSError, reason: str) -> None:
    assert reason_of(error) == reason


def handshake_error(client: ssl.SSLContext, server: ssl.SSLContext) -> ssl.SSLError:
    """What the client gets from a handshake in memory that fails."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(10):
        try:
            ours.do_handshake()
            ours.read()
        except ssl.SSLWantReadError:
            pass  # the server's turn
        except ssl.SSLError as error:
            return error
        with contextlib.suppress(ssl.SSLError):  # it has written an alert, or waits: the client's turn
            theirs.do_handshake()
    raise AssertionError("the handshake has not failed")


def client() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def only_tls_1_3(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3


def only_rsa_ciphers(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")  # the certificate has an EC key


def client_certificate_wanted(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (only_tls_1_3, "Both sides have no TLS version in common"),
        (only_rsa_ciphers, "Both sides have no cipher in common, or it wants a client certificate"),
        (client_certificate_wanted, "It wants a client certificate, which is not supported"),
    ],
)
def test_a_failed_handshake_is_named(change: Callable[[ssl.SSLContext], None], reason: str, tmp_path: Path) -> None:
    key = new_certified_key(["vms.example"])
    (tmp_path / "both.pem").write_text(key.cert_pem + key.key_pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "both.pem")
    change(server)
    ours = client()
    if change is only_tls_1_3:
        ours.maximum_version = ssl.TLSVersion.TLSv1_2
    assert reason_of(handshake_error(ours, server)) == reason
