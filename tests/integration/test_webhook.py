"""The webhook against real servers: an older receiver, hostile ones, and every kind of trust."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from securos_trigger.delivery import Connection, TrustStore, Webhook
from securos_trigger.delivery.transport import Reach
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import (
    Action,
    Delivered,
    Delivery,
    Outcome,
    Partial,
    Refused,
    Retry,
    RetryKind,
    StepResult,
    Target,
    Unauthorized,
)
from securos_trigger.notices import Announcer, Notice
from securos_trigger.vms.receiver_init import CertifiedKey
from tests import builders
from tests.integration.fake_receivers import (
    TOKEN,
    OldReceiver,
    RawServer,
    Served,
    Talk,
    answer,
    endless,
    hanging_up,
    never_answering,
    new_certified_key,
    saying,
)

CERTIFICATE = new_certified_key(["127.0.0.1"])
OTHER_CERTIFICATE = new_certified_key(["127.0.0.1"])


def delivery(*camera_ids: str, action: Action = Action.EVENT_AND_RECORD_AND_SUBTITLE) -> Delivery:
    return builders.delivery(
        *camera_ids,
        event_id="9f0d8a4e-0d2c-4f0c-a9a1-000000000001",
        node_id="trigger1",
        deployment_id="lobby",
        name="name \ud800",
        action=action,
        record_duration_s=7,
        captured_at_s=1_700_000_000.25,
        kept_at_s=1_700_000_000.5,
    )


def attempt(connection: Connection, *, store: TrustStore | None = None, times: int = 1) -> list[Outcome]:
    async def run() -> list[Outcome]:
        webhook = Webhook(connection, announcer=Announcer(), trust_store=store)
        outcomes = [await webhook.attempt(delivery("1"), late=False) for _ in range(times)]
        await close(webhook)
        return outcomes

    return asyncio.run(run())


async def close(webhook: Webhook) -> None:
    await webhook.close()
    await asyncio.sleep(0.02)  # asyncio closes a socket whose handshake failed only in a later round of the loop


def to(server: Served, **settings: object) -> Connection:
    sha256 = server.certificate.sha256 if server.certificate else None
    values: dict[str, object] = {
        "target": server.target,
        "token": TOKEN,
        "certificate_sha256": sha256,
        "connect_timeout_s": 20.0,
        "total_timeout_s": 20.0,
    }
    return Connection(**{**values, **settings})  # type: ignore[arg-type]


def test_a_proxy_of_the_surroundings_gets_neither_events_nor_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(never_answering) as proxy, OldReceiver() as receiver:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert attempt(to(receiver)) == [Delivered((StepResult("1", "EVENT", ok=True),))]
        assert proxy.received == b""


def test_an_older_receiver_gets_everything_it_knows_and_the_new_fields_beside() -> None:
    with OldReceiver(CERTIFICATE) as receiver:
        assert attempt(to(receiver)) == [Delivered((StepResult("1", "EVENT", ok=True),))]
    (body,) = receiver.bodies
    assert body.pop("sent_at").endswith("Z")
    assert receiver.authorizations == [f"Bearer {TOKEN}"]
    assert body == {
        "camera_id": ["1"],
        "event_name": "name \ud800",
        "event_description": "description",
        "event_duration": 7,
        "trigger_recording": True,
        "add_subtitle": True,
        "event_id": "9f0d8a4e-0d2c-4f0c-a9a1-000000000001",
        "event_time": "2023-11-14T22:13:20.250Z",
        "late": False,
        "source": {"node_id": "trigger1", "deployment_id": "lobby"},
    }


def test_failed_steps_are_seen_although_an_older_receiver_says_ok() -> None:
    with OldReceiver() as receiver:
        receiver.failing[("1", "REC")] = "no licence"
        assert attempt(to(receiver)) == [
            Partial((StepResult("1", "REC", ok=False, error="no licence"), StepResult("1", "EVENT", ok=True)))
        ]


def test_the_connection_is_kept_open_between_attempts() -> None:
    body = answer({"ok": True, "results": [{"camera_id": "1", "step": "EVENT", "ok": True}]})

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request_id(reader)
            writer.write(body)

    with RawServer(talk) as server:
        outcomes = attempt(to(server), times=3)
    assert all(isinstance(outcome, Delivered) for outcome in outcomes)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("status", "headers", "content", "expected"),
    [
        (400, {}, b'{"error": "no camera"}', Refused(400, "no camera")),
        (431, {}, b"", Refused(431, "The receiver refused the delivery with status 431.")),
        (413, {}, b"<html>too large", Refused(413, "The receiver refused the delivery with status 413.")),
        (
            401,
            {},
            b'{"error": "unauthorized"}',
            Unauthorized("The receiver does not accept iss_password (status 401): unauthorized"),
        ),
        (
            503,
            {"Retry-After": "7"},
            b'{"error": "securos core not ready"}',
            Retry(RetryKind.NOT_READY, "The receiver is not ready (status 503): securos core not ready", 7.0),
        ),
        (429, {"Retry-After": "3"}, b"", Retry(RetryKind.BUSY, "The receiver is busy (status 429).", 3.0)),
        (
            302,
            {"Location": "http://127.0.0.1:1/elsewhere"},
            b"",
            Retry(
                RetryKind.BAD_ANSWER,
                "The answer is a redirect (status 302), which is not followed. Is this the receiver's port?",
            ),
        ),
        (
            400,
            {},
            b"<html>bad request</html>",
            Retry(RetryKind.BAD_ANSWER, "The answer has status 400. Is this the receiver's port?"),
        ),
        (
            500,
            {},
            b'{"error": "it repeats a-token-nobody-should-see"}',
            Retry(RetryKind.STUMBLED, "The receiver failed with status 500: it repeats ***"),
        ),
        (
            200,
            {},
            b"[" * 100_000,
            Retry(RetryKind.BAD_ANSWER, "The answer has status 200 but no results. Is this the receiver's port?"),
        ),
    ],
)
def test_each_answer_has_its_outcome(status: int, headers: dict[str, str], content: bytes, expected: Outcome) -> None:
    with OldReceiver() as receiver:
        receiver.answers.append((status, headers, content))
        assert attempt(to(receiver)) == [expected]


@pytest.mark.parametrize("certificate", [None, CERTIFICATE], ids=["http", "https"])
@pytest.mark.parametrize(
    ("talk", "kinds"),
    [
        (never_answering, {RetryKind.TIMED_OUT}),
        (hanging_up, {RetryKind.UNREACHABLE}),
        (endless, {RetryKind.BAD_ANSWER}),
        (saying(b"\x00\xff" * 5000), {RetryKind.BAD_ANSWER}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), {RetryKind.BAD_ANSWER, RetryKind.TIMED_OUT}),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000), {RetryKind.BAD_ANSWER, RetryKind.UNREACHABLE}),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), {RetryKind.BAD_ANSWER}),
        (
            saying(b"HTTP/1.1 200 OK\r\nSet-Cookie: \xff\xfe=;;;\r\nContent-Encoding: gzip\r\n\r\n"),
            {RetryKind.BAD_ANSWER},
        ),
    ],
)
def test_a_hostile_receiver_costs_a_retry_and_nothing_else(
    talk: Talk, kinds: set[RetryKind], certificate: object
) -> None:
    # Only where the receiver falls silent does the time have to run out; elsewhere a busy machine must not make it.
    total_timeout_s = 0.5 if RetryKind.TIMED_OUT in kinds else 20.0
    with RawServer(talk, CERTIFICATE if certificate else None) as server:
        (outcome,) = attempt(to(server, total_timeout_s=total_timeout_s, connect_timeout_s=20.0))
    assert isinstance(outcome, Retry)
    assert outcome.kind in kinds, outcome
    assert TOKEN not in outcome.message


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), status=st.integers(100, 999))
def test_no_bytes_of_a_receiver_raise(content: bytes, status: int) -> None:
    head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(content))
    with RawServer(saying(head + content)) as server:
        (outcome,) = attempt(to(server, total_timeout_s=0.3, connect_timeout_s=0.3))
    assert isinstance(outcome, Retry | Refused | Unauthorized)


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (outcome,) = attempt(Connection(Target("http", "127.0.0.1", port), TOKEN))
    assert outcome == Retry(
        RetryKind.UNREACHABLE,
        f"http://127.0.0.1:{port} takes no events: connection refused.",
    )


@pytest.mark.parametrize("pinned", [None, CERTIFICATE.sha256], ids=["not_pinned", "pinned"])
def test_a_name_that_does_not_resolve_is_told_as_that(pinned: str | None) -> None:
    target = Target("https", "no-such-host.invalid", 3443)
    (outcome,) = attempt(Connection(target, TOKEN, pinned))
    assert outcome == Retry(
        RetryKind.UNREACHABLE,
        "https://no-such-host.invalid:3443 takes no events: the name no-such-host.invalid cannot be resolved; "
        "check iss_ip and the name server of this machine.",
    )


@pytest.mark.parametrize("pinned", [None, CERTIFICATE.sha256], ids=["not_pinned", "pinned"])
def test_a_port_that_swallows_everything_is_said_to_hang(pinned: str | None) -> None:
    with RawServer(never_answering) as silent:  # no TLS: the handshake is never answered
        connection = to(silent, target=Target("https", "127.0.0.1", silent.port), certificate_sha256=pinned)
        (outcome,) = attempt(replace(connection, connect_timeout_s=0.3, total_timeout_s=5.0))
    assert outcome == Retry(
        RetryKind.UNREACHABLE,
        f"{connection.target} takes no events: it takes the connection, and then sends nothing for 0.3 s: it hangs, or is overloaded.",
    )


def test_a_receiver_behind_a_reverse_proxy_is_found_below_its_path() -> None:
    """As nginx does it: the proxy takes the path away, and other paths of it are of other programs."""

    class Proxied(OldReceiver):
        @property
        def target(self) -> Target:
            return replace(super().target, path="/securos/gate")

        def application(self) -> web.Application:
            outer = web.Application()
            outer.add_subapp("/securos/gate", super().application())
            return outer

    with Proxied() as receiver:
        connection = Connection(receiver.target, TOKEN)
        assert attempt(connection) == [Delivered((StepResult("1", "EVENT", ok=True),))]
        [other] = attempt(replace(connection, target=replace(receiver.target, path="")))
    assert str(receiver.target) == f"http://127.0.0.1:{receiver.port}/securos/gate"
    assert isinstance(other, Retry)
    assert other.kind is RetryKind.BAD_ANSWER


def test_a_tls_handshake_that_fails_is_named_and_not_taken_for_a_failure_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_text(CERTIFICATE.cert_pem + CERTIFICATE.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")  # the certificate has an EC key

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the listener is closed at the end
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    context.wrap_socket(connection, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        target = Target("https", "127.0.0.1", listener.getsockname()[1])
        [outcome] = attempt(Connection(target, TOKEN, certificate_sha256=CERTIFICATE.sha256))
        listener.shutdown(socket.SHUT_RDWR)
    server.join(60)
    assert outcome == Retry(
        RetryKind.UNREACHABLE,
        f"{target} takes no events: both sides have no cipher in common, or it wants a client certificate.",
    )


def test_plain_http_to_an_https_port_names_the_setting() -> None:
    with OldReceiver(CERTIFICATE) as receiver:
        (outcome,) = attempt(to(receiver, target=Target("http", "127.0.0.1", receiver.port)))
    assert outcome == Retry(
        RetryKind.WRONG_SCHEME, f'127.0.0.1:{receiver.port} speaks HTTPS. Set iss_scheme to "https".'
    )


@pytest.mark.parametrize("pinned", [CERTIFICATE.sha256, None], ids=["pinned", "not_pinned"])
def test_https_to_a_plain_http_port_names_the_setting(pinned: str | None) -> None:
    with OldReceiver() as receiver:
        target = Target("https", "127.0.0.1", receiver.port)
        (outcome,) = attempt(to(receiver, target=target, certificate_sha256=pinned))
    assert outcome == Retry(
        RetryKind.WRONG_SCHEME,
        f"127.0.0.1:{receiver.port} speaks plain HTTP. Switch HTTPS on in the receiver, or set iss_scheme "
        'to "http": the token is then sent unencrypted.',
    )
    assert receiver.authorizations == []


# -- trust


async def nonsense_and_no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers a plain request with nonsense, and a TLS hello never."""
    if (await reader.read(65536))[:1] == b"\x16":
        await never_answering(reader, writer)
    writer.write(b"nonsense\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize("asks_health", [None, True, False], ids=["attempt", "check_of_health", "check"])
def test_finding_out_why_an_attempt_failed_takes_no_longer_than_the_attempt_may(asks_health: bool | None) -> None:
    async def run(webhook: Webhook) -> object:
        if asks_health is None:
            found: object = await webhook.attempt(delivery("1"), late=False)
        else:
            found = await webhook.check(asks_health=asks_health)
        await close(webhook)
        return found

    with RawServer(nonsense_and_no_tls) as server:
        connection = to(server, connect_timeout_s=60.0, total_timeout_s=2.0)  # without a limit the TLS hello takes 60 s
        began_ticks = time.monotonic()
        found = asyncio.run(run(Webhook(connection, announcer=Announcer())))
        assert time.monotonic() - began_ticks < 45
    if asks_health is False:
        assert found is Reach.CONNECTED
    else:
        assert isinstance(found, Retry)
        assert found.kind is RetryKind.BAD_ANSWER


def test_attempts_that_wait_for_one_handshake_wait_no_longer_than_a_connection_may(tmp_path: Path) -> None:
    async def run(connection: Connection) -> list[Outcome]:
        webhook = Webhook(connection, announcer=Announcer(), trust_store=TrustStore(tmp_path / "trust.json"))
        outcomes = await asyncio.gather(*(webhook.attempt(delivery("1"), late=False) for _ in range(40)))
        await close(webhook)
        return outcomes

    with RawServer(never_answering) as server:
        target = Target("https", "127.0.0.1", server.port)
        connection = to(server, target=target, certificate_sha256=None, connect_timeout_s=1.5, total_timeout_s=9.0)
        began_ticks = time.monotonic()
        outcomes = asyncio.run(run(connection))
        assert time.monotonic() - began_ticks < 45  # one after the other they take 60 s
    assert all(isinstance(one, Retry) and one.kind is RetryKind.UNREACHABLE for one in outcomes)


def test_a_wrong_pin_sends_no_byte_of_the_request() -> None:
    with RawServer(never_answering, CERTIFICATE) as server:
        (outcome,) = attempt(to(server, certificate_sha256=OTHER_CERTIFICATE.sha256))
    assert server.connections == 1
    assert server.received == b""
    assert outcome == Retry(
        RetryKind.UNTRUSTED,
        f"The certificate of {server.target} is not trusted: its SHA-256 is {CERTIFICATE.sha256[:16]}…, "
        f"and not {OTHER_CERTIFICATE.sha256[:16]}…. Nothing is sent.",
    )


def test_a_ca_file_vouches_for_its_own_and_refuses_others(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text(CERTIFICATE.cert_pem)
    with OldReceiver(CERTIFICATE) as receiver:
        (outcome,) = attempt(to(receiver, certificate_sha256=None, ca_file=ca_file))
        assert isinstance(outcome, Delivered)
    with RawServer(never_answering, OTHER_CERTIFICATE) as server:
        (outcome,) = attempt(to(server, certificate_sha256=None, ca_file=ca_file))
    assert isinstance(outcome, Retry)
    assert outcome.kind is RetryKind.UNTRUSTED
    assert server.received == b""


def test_the_first_certificate_is_remembered_and_announced(tmp_path: Path) -> None:
    store, notices = TrustStore(tmp_path / "trust.json"), list[Notice]()

    async def run(connection: Connection) -> Outcome:
        webhook = Webhook(connection, announcer=Announcer([notices.append]), trust_store=store)
        outcome = await webhook.attempt(delivery("1"), late=False)
        await close(webhook)
        return outcome

    with OldReceiver(CERTIFICATE) as receiver:
        for _ in range(2):
            assert isinstance(asyncio.run(run(to(receiver, certificate_sha256=None))), Delivered)
    assert [str(notice) for notice in notices] == [
        f"certificate_remembered target={receiver.target} certificate_sha256={CERTIFICATE.sha256}"
    ]
    assert store.known(receiver.target) == CERTIFICATE.sha256
    assert store.path.stat().st_mode & 0o777 == 0o600


def test_another_certificate_is_refused_until_it_is_accepted(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    with OldReceiver(CERTIFICATE) as receiver:
        connection = to(receiver, certificate_sha256=None)
        assert isinstance(attempt(connection, store=store)[0], Delivered)
    with OldReceiver(OTHER_CERTIFICATE, port=receiver.port) as impostor:
        refused = attempt(connection, store=store)[0]
        assert impostor.authorizations == []
        store.accept(connection.target, OTHER_CERTIFICATE.sha256.upper())
        assert isinstance(attempt(connection, store=store)[0], Delivered)
    assert refused == Retry(
        RetryKind.UNTRUSTED,
        f"The certificate of {receiver.target} has changed: it was SHA-256 {CERTIFICATE.sha256[:16]}…, "
        f"it is SHA-256 {OTHER_CERTIFICATE.sha256[:16]}…. Nothing is sent.",
    )


def test_a_certificate_that_changes_under_a_running_webhook_is_refused(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")

    async def run() -> list[Outcome]:
        before = OldReceiver(CERTIFICATE).__enter__()
        webhook = Webhook(to(before, certificate_sha256=None), announcer=Announcer(), trust_store=store)
        outcomes = [await webhook.attempt(delivery("1"), late=False)]
        await asyncio.to_thread(before.__exit__, None, None, None)
        after = OldReceiver(OTHER_CERTIFICATE, port=before.port).__enter__()
        outcomes += [await webhook.attempt(delivery("1"), late=False) for _ in range(3)]
        await close(webhook)
        await asyncio.to_thread(after.__exit__, None, None, None)
        return outcomes

    first, *others = asyncio.run(run())
    assert isinstance(first, Delivered)
    kinds = [outcome.kind for outcome in others if isinstance(outcome, Retry)]
    assert kinds[-1] is RetryKind.UNTRUSTED
    assert len(kinds) == 3


def test_a_target_that_an_authority_vouched_for_may_not_fall_back_to_its_own_certificate(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    with RawServer(never_answering, CERTIFICATE) as server:
        store.note_signed_by_system_ca(server.target)
        (outcome,) = attempt(to(server, certificate_sha256=None), store=store)
    assert isinstance(outcome, Retry)
    assert outcome.kind is RetryKind.UNTRUSTED
    assert "it was one signed by a CA" in outcome.message
    assert server.received == b""


def test_a_remembered_certificate_that_one_with_an_authority_replaces_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "authorities.pem").write_text(OTHER_CERTIFICATE.cert_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    store, notices = TrustStore(tmp_path / "trust.json"), list[Notice]()

    async def run(connection: Connection) -> Outcome:
        webhook = Webhook(connection, announcer=Announcer([notices.append]), trust_store=store)
        outcome = await webhook.attempt(delivery("1"), late=False)
        await close(webhook)
        return outcome

    with OldReceiver(OTHER_CERTIFICATE) as receiver:
        store.accept(receiver.target, CERTIFICATE.sha256)
        for _ in range(2):
            assert isinstance(asyncio.run(run(to(receiver, certificate_sha256=None))), Delivered)
    assert [str(notice) for notice in notices] == [
        f"certificate_replaced target={receiver.target} certificate_sha256={CERTIFICATE.sha256}"
    ]


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"https://127.0.0.1": 3})])
def test_a_lost_memory_is_not_a_first_meeting(tmp_path: Path, content: str) -> None:
    store = TrustStore(tmp_path / "trust.json")
    store.path.write_text(content)
    with RawServer(never_answering, CERTIFICATE) as server:
        (outcome,) = attempt(to(server, certificate_sha256=None), store=store)
    assert isinstance(outcome, Retry)
    assert outcome.kind is RetryKind.UNTRUSTED
    assert "the file of remembered certificates cannot be read" in outcome.message
    assert server.received == b""
    assert store.path.read_text() == content


def done(event_id: str | None) -> bytes:
    named = {} if event_id is None else {"event_id": event_id}
    return answer({"ok": True, **named, "results": [{"camera_id": "1", "step": "EVENT", "ok": True}]})


async def request_id(reader: asyncio.StreamReader) -> str:
    """Read a whole request; gives its event id."""
    received = b""
    while not received.endswith(b"}}"):
        data = await reader.read(65536)
        if not data:
            raise ConnectionError
        received += data
    return str(json.loads(received.partition(b"\r\n\r\n")[2])["event_id"])


@pytest.mark.parametrize("names_it", [True, False])
def test_an_answer_to_another_request_counts_for_no_event(names_it: bool) -> None:
    """A receiver answers its second request as it did the first, or without an id; the third comes over a new connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first_id = await request_id(reader)
        writer.write(done(first_id))
        await request_id(reader)
        writer.write(done(first_id if names_it else None))
        assert await reader.read(65536) == b"", "no request comes over it any more"

    async def run(connection: Connection) -> list[Outcome]:
        webhook = Webhook(connection, announcer=Announcer())
        outcomes = []
        for number in range(3):
            one = replace(delivery("1"), event_id=f"event-{number}")
            outcomes.append(await webhook.attempt(one, late=False))
        await close(webhook)
        return outcomes

    with RawServer(talk) as server:
        first, second, third = asyncio.run(run(to(server, connect_timeout_s=1.0)))
    another = "has the id of another event. Is there a proxy or a cache in between?"
    reason = (
        another
        if names_it
        else "has no event_id, and earlier answers had one. Is there a proxy in between, or an older script in SecurOS?"
    )
    assert isinstance(first, Delivered)
    assert second == Retry(RetryKind.BAD_ANSWER, f"The answer {reason}")
    assert isinstance(third, Delivered)
    assert third.knows_event_ids


@pytest.mark.parametrize("certificate", [None, CERTIFICATE])
def test_data_over_an_idle_connection_closes_it_also_at_a_receiver_without_event_ids(
    certificate: CertifiedKey | None,
) -> None:
    """The second answer says of the next event that it failed, and is about none."""
    failed = answer({"ok": True, "results": [{"camera_id": "1", "step": "EVENT", "ok": False, "error": "unasked"}]})

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_id(reader)
        writer.write(done(None))
        await asyncio.sleep(0.05)
        writer.write(failed)
        assert await reader.read(65536) == b"", "no request comes over it any more"

    async def run(connection: Connection) -> list[Outcome]:
        webhook = Webhook(connection, announcer=Announcer())
        outcomes = []
        for _ in range(3):
            outcomes.append(await webhook.attempt(delivery("1"), late=False))
            await asyncio.sleep(0.2)
        await close(webhook)
        return outcomes

    with RawServer(talk, certificate) as server:
        outcomes = asyncio.run(run(to(server)))
    assert [type(outcome) for outcome in outcomes] == [Delivered] * 3
    assert server.connections >= 3


def test_unasked_data_that_has_not_been_read_yet_is_no_answer() -> None:
    """The event loop is busy while it comes; the next request is the first thing that it does."""
    failed = answer({"ok": True, "results": [{"camera_id": "1", "step": "EVENT", "ok": False, "error": "unasked"}]})

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_id(reader)
        writer.write(done(None))
        await asyncio.sleep(0.05)
        writer.write(failed)
        await reader.read(65536)

    async def run(connection: Connection) -> list[Outcome]:
        webhook = Webhook(connection, announcer=Announcer())
        outcomes = [await webhook.attempt(delivery("1"), late=False)]
        time.sleep(0.3)
        outcomes.append(await webhook.attempt(delivery("1"), late=False))
        await close(webhook)
        return outcomes

    with RawServer(talk) as server:
        outcomes = asyncio.run(run(to(server)))
    assert [type(outcome) for outcome in outcomes] == [Delivered, Delivered]


async def sending_without_end(writer: asyncio.StreamWriter, piece: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(piece)
            await writer.drain()


@pytest.mark.parametrize(
    ("beginning", "piece", "why"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500, "it has more than 16 interim answers"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;" + b"a" * 4000 + b"\r\nx\r\n",
            "it is larger than 320 kB with its headers and chunks",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\nx\r\n" * 500,
            "it has more than 2000 lines",
        ),
    ],
)
def test_an_answer_without_end_is_left(beginning: bytes, piece: bytes, why: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_id(reader)
        writer.write(beginning)
        await sending_without_end(writer, piece)

    with RawServer(talk) as server:
        (outcome,) = attempt(to(server, connect_timeout_s=1.0))
    message = f"The answer of {server.target} cannot be understood: {why}"
    assert isinstance(outcome, Retry)
    assert (outcome.kind, outcome.message) == (RetryKind.BAD_ANSWER, message)


def test_a_few_interim_answers_do_no_harm() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10 + done(await request_id(reader)))

    with RawServer(talk) as server:
        (outcome,) = attempt(to(server))
    assert isinstance(outcome, Delivered)


def test_a_receiver_that_stops_giving_ids_back_is_believed_on_a_new_connection() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            event_id = await request_id(reader)
            writer.write(done(event_id if not answered else None))
            answered.append(event_id)

    answered: list[str] = []
    with RawServer(talk) as server:
        outcomes = attempt(to(server, connect_timeout_s=1.0), times=4)
    assert [type(outcome) for outcome in outcomes] == [Delivered, Retry, Delivered, Delivered]


def test_without_a_memory_an_unknown_certificate_must_be_pinned() -> None:
    with RawServer(never_answering, CERTIFICATE) as server:
        (outcome,) = attempt(to(server, certificate_sha256=None))
    assert outcome == Retry(
        RetryKind.UNTRUSTED,
        f"The certificate of {server.target} is signed by no known CA (SHA-256 {CERTIFICATE.sha256}). "
        "Set iss_certificate_sha256 to pin it.",
    )


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"token": "line\nbreak"}, "iss_password"),
        ({"token": ""}, "iss_password"),
        ({"certificate_sha256": "12:34"}, "iss_certificate_sha256"),
        ({"certificate_sha256": None, "ca_file": Path("no-such.pem")}, "iss_ca_file"),
        ({"target": Target("https", "a b/c", 1)}, "iss_ip"),
    ],
)
def test_a_connection_that_cannot_work_is_a_mistake_with_its_place(change: dict[str, object], place: str) -> None:
    with OldReceiver(CERTIFICATE) as receiver, pytest.raises(ConfigurationError) as caught:
        Webhook(to(receiver, **change), announcer=Announcer())
    assert [mistake.where for mistake in caught.value.mistakes] == [place]
    assert "line\nbreak" not in str(caught.value)


def test_the_token_is_not_in_the_repr_of_a_connection() -> None:
    assert TOKEN not in repr(Connection(Target("https", "vms", 3443), TOKEN))
