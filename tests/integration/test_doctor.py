"""What the doctor says of a receiver, with each fault really there."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509

from securos_trigger.delivery import Connection, TrustStore, Webhook
from securos_trigger.doctor import Finding, ReadOnlyTrust, SendingNode, Status, examine_receiver
from securos_trigger.errors.wording import COMPARE_CERTIFICATE
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.vms.bundle import receiver_version
from securos_trigger.vms.receiver_init import CertifiedKey, new_certified_key
from securos_trigger.vms.simulator import Simulator
from tests.integration.fake_receivers import TOKEN, OldReceiver, RawServer, Served, hanging_up

CERTIFICATE = new_certified_key(["127.0.0.1"])
NODE = "pipeline yard, node alarm"
EVENT_DONE = {"camera_id": "1", "step": "EVENT", "ok": True}
WRONG_PORT = "Is iss_port the port that the script in SecurOS listens on, and is there no proxy in between?"
UPDATE = "`securos-trigger receiver update receiver.js`, then paste it into SecurOS. Senders need no change."


class Talkative(Served):
    """A receiver that gives a set answer for each path: status and JSON."""

    def __init__(self, certificate: CertifiedKey | None = CERTIFICATE) -> None:
        super().__init__(certificate)
        self.health: dict[str, Any] = {
            "ok": True,
            "coreReady": True,
            "receiver": "securos-trigger",
            "version": "0.2.0",
            "node": "v16.20.2",
            "now": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "durable": True,
        }
        self.answers: dict[str, tuple[int, Any]] = {
            "/cameras": (200, [{"id": "1", "name": "Gate", "state": "ok"}]),
            "/lumeoevent/check": (200, {"ok": True, "checked": True, "results": [EVENT_DONE]}),
        }

    async def serve(self, ending: asyncio.Event) -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.tls()).start()
        self.ready(runner.addresses[0][1])
        await ending.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        status, value = (200, self.health) if request.path == "/health" else self.answers[request.path]
        return web.json_response(value, status=status)


def sender(cameras: str = "1", **more: Any) -> SendingNode:
    properties = TriggerProperties(iss_ip="127.0.0.1", iss_password=TOKEN, iss_camera_ids=cameras, **more)  # type: ignore[arg-type]
    return SendingNode(NODE, properties, Context(node_id="alarm"))


def examined(
    connection: Connection,
    folder: Path,
    *,
    senders: tuple[SendingNode, ...] = (),
    sends_test_event: bool = False,
    clock_ahead_s: float = 0.0,
) -> list[Finding]:
    found: list[Finding] = []
    store = ReadOnlyTrust(folder / "trusted-certificates.json")

    def clock() -> float:
        return time.time() + clock_ahead_s

    asyncio.run(
        examine_receiver(
            connection,
            partial(Webhook, announcer=Announcer(), trust_store=store, max_connections=1, clock=clock),
            senders or (sender(),),
            store,
            found.append,
            shipped_version=receiver_version(),
            sends_test_event=sends_test_event,
            clock=clock,
        )
    )
    return found


def about(findings: list[Finding], subject: str) -> list[str]:
    """What is said about a subject, as it is printed, without the column before it."""
    return [str(finding).strip() for finding in findings if finding.subject == subject]


def line(status: Status, subject: str, text: str, fix: str = "") -> str:
    return str(Finding(status, subject, text, fix)).strip()


def pinned(served: Served, certificate: CertifiedKey = CERTIFICATE, **more: Any) -> Connection:
    return Connection(served.target, TOKEN, certificate_sha256=certificate.sha256, connect_timeout_s=2.0, **more)


def to(simulator: Simulator) -> Connection:
    target = Target(simulator.scheme, "127.0.0.1", simulator.receiver_port)
    sha256 = None if simulator.certificate is None else simulator.certificate.sha256
    return Connection(target, simulator.token, certificate_sha256=sha256)


@contextmanager
def port_without_answer() -> Iterator[Target]:
    """A port whose queue is full: the system drops what else comes, as a firewall does."""
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        time.sleep(0.05)
        yield Target("https", "127.0.0.1", listening.getsockname()[1])


# -- all is well


def test_a_receiver_in_order_gets_ok_for_everything(tmp_path: Path) -> None:
    with Simulator(("1", "2"), names=("Gate", "Yard")) as simulator:
        found = examined(to(simulator), tmp_path, senders=(sender("1,2"),), sends_test_event=True)
        events = simulator.events()
        (node,) = (finding.text.split()[-1] for finding in found if finding.subject == "receiver")
    assert [str(finding) for finding in found] == [
        "  ok       name         127.0.0.1 is an address",
        f"  ok       port         {simulator.receiver_port} is open",
        "  ok       certificate  the pinned one, valid for 3649 days",
        f"  ok       receiver     securos-trigger 0.2.0 on Node.js {node}",
        "  ok       SecurOS      is connected to the script",
        "  ok       memory       on disk: a restart of the script forgets nothing",
        "  ok       clock        less than 5 s apart",
        "  ok       password     accepted",
        "  ok       camera 1     Gate",
        "  ok       camera 2     Yard",
        "  ok       texts        pipeline yard, node alarm: the longest ones, and ones beyond ASCII, are accepted",
        '  ok       test event   "TEST of securos-trigger" is in SecurOS now, cameras: 1, 2',
    ]
    assert [(event["id"], event["name"], event["description"]) for event in events] == [
        (
            camera,
            "TEST of securos-trigger",
            "Sent by `securos-trigger doctor` for pipeline yard, node alarm. Nothing happened.",
        )
        for camera in ("1", "2")
    ]


def test_without_being_asked_to_it_touches_nothing_in_securos(tmp_path: Path) -> None:
    with Simulator(("1",)) as simulator:
        examined(to(simulator), tmp_path)
        assert simulator.calls() == []


# -- the way there


def test_a_name_that_means_no_address(tmp_path: Path) -> None:
    host = "securos.invalid"
    with pytest.raises(socket.gaierror) as caught:
        socket.getaddrinfo(host, 3443)
    found = examined(Connection(Target("https", host, 3443), TOKEN), tmp_path)
    assert [str(finding).strip() for finding in found] == [
        line(
            Status.FAILED,
            "name",
            f"securos.invalid cannot be resolved: {caught.value.strerror}",
            "Check iss_ip, and the name server of this machine.",
        )
    ]


def test_a_port_nobody_listens_on(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        found = examined(Connection(Target("https", "127.0.0.1", port), TOKEN), tmp_path)
    fix = "Is the script running in SecurOS, and is iss_port the port it listens on?"
    assert about(found, "port") == [line(Status.FAILED, "port", f"nothing listens on port {port} of 127.0.0.1", fix)]
    assert found[-1].subject == "port"


def test_a_port_that_drops_everything(tmp_path: Path) -> None:
    with port_without_answer() as target:
        found = examined(Connection(target, TOKEN, connect_timeout_s=0.3), tmp_path)
    assert about(found, "port") == [
        line(
            Status.FAILED,
            "port",
            f"no answer from 127.0.0.1 on port {target.port} within 0.3 s",
            f"A firewall may be in the way: let TCP port {target.port} in on the SecurOS server.",
        )
    ]


def test_something_that_is_no_receiver(tmp_path: Path) -> None:
    with RawServer(hanging_up) as served:
        found = examined(Connection(served.target, TOKEN), tmp_path)
    text = f"{served.target} takes no events: it closed the connection without an answer."
    fix = "Look at the log of the script in SecurOS. Does it hang? Then restart it there."
    assert about(found, "answer") == [line(Status.FAILED, "answer", text, fix)]


def test_https_against_a_port_that_speaks_http(tmp_path: Path) -> None:
    with Talkative(certificate=None) as served:
        found = examined(Connection(replace(served.target, scheme="https"), TOKEN), tmp_path)
    text = (
        f"127.0.0.1:{served.port} speaks plain HTTP. Switch HTTPS on in the receiver, or set iss_scheme to "
        '"http": the token is then sent unencrypted.'
    )
    assert about(found, "scheme") == [line(Status.FAILED, "scheme", text)]


def test_http_against_a_port_that_speaks_https(tmp_path: Path) -> None:
    with Talkative() as served:
        found = examined(Connection(replace(served.target, scheme="http"), TOKEN), tmp_path)
    text = f'127.0.0.1:{served.port} speaks HTTPS. Set iss_scheme to "https".'
    assert about(found, "scheme") == [line(Status.FAILED, "scheme", text)]


def test_plain_http(tmp_path: Path) -> None:
    with Talkative(certificate=None) as served:
        found = examined(Connection(served.target, TOKEN), tmp_path)
    text = "none, this is plain HTTP: the password is sent unencrypted"
    fix = 'Switch HTTPS on in the receiver, and set iss_scheme to "https".'
    assert about(found, "certificate") == [line(Status.WARNING, "certificate", text, fix)]


# -- the certificate


def test_another_certificate_than_the_pinned_one(tmp_path: Path) -> None:
    other = new_certified_key(["127.0.0.1"])
    with Talkative() as served:
        found = examined(pinned(served, other), tmp_path)
    text = (
        f"The certificate of {served.target} is not trusted: its SHA-256 is {CERTIFICATE.sha256[:16]}…, and "
        f"not {other.sha256[:16]}…. Nothing is sent."
    )
    fix = (
        "Was the receiver set up again? `securos-trigger trust CONFIG` shows the new certificate, and what to do next. "
        "If not: a possible man in the middle."
    )
    assert about(found, "certificate") == [line(Status.FAILED, "certificate", text, fix)]
    assert found[-1].subject == "certificate"


def test_a_pinned_certificate_that_has_expired(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"], days=0)
    expired_at = x509.load_pem_x509_certificate(certificate.cert_pem.encode()).not_valid_after_utc
    with Talkative(certificate) as served:
        found = examined(pinned(served, certificate), tmp_path)
    text = f"the pinned one, expired on {expired_at:%Y-%m-%d}, and still accepted"
    assert about(found, "certificate") == [line(Status.OK, "certificate", text)]


def test_a_certificate_nobody_has_seen_before_is_told_and_not_remembered(tmp_path: Path) -> None:
    with Talkative() as served:
        found = examined(Connection(served.target, TOKEN), tmp_path)
    text = f"no CA signed it; the first start will remember {CERTIFICATE.sha256}"
    fix = f'{COMPARE_CERTIFICATE}, then set iss_certificate_sha256 = "{CERTIFICATE.sha256}".'
    assert about(found, "certificate") == [line(Status.WARNING, "certificate", text, fix)]
    assert about(found, "password") == [line(Status.OK, "password", "accepted")]
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_that_is_remembered(tmp_path: Path) -> None:
    with Talkative() as served:
        TrustStore(tmp_path / "trusted-certificates.json").accept(served.target, CERTIFICATE.sha256)
        found = examined(Connection(served.target, TOKEN), tmp_path)
    assert about(found, "certificate") == [line(Status.OK, "certificate", "the remembered one, valid for 3649 days")]


def test_another_certificate_than_the_remembered_one(tmp_path: Path) -> None:
    with Talkative() as served:
        TrustStore(tmp_path / "trusted-certificates.json").accept(served.target, "ab" * 32)
        found = examined(Connection(served.target, TOKEN), tmp_path)
    text = (
        f"The certificate of {served.target} has changed: it was SHA-256 {'ab' * 8}…, it is SHA-256 "
        f"{CERTIFICATE.sha256[:16]}…. Nothing is sent."
    )
    fix = (
        "Was the receiver set up again? `securos-trigger trust CONFIG` shows the new certificate, and what to do next. "
        "If not: a possible man in the middle."
    )
    assert about(found, "certificate") == [line(Status.FAILED, "certificate", text, fix)]


def test_a_certificate_that_a_ca_signed_ends_soon(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"], days=13)
    authority = tmp_path / "authority.pem"
    authority.write_text(certificate.cert_pem)
    with Talkative(certificate) as served:
        found = examined(Connection(served.target, TOKEN, ca_file=authority), tmp_path)
    text = "signed by the CA of iss_ca_file, valid for 12 days"
    assert about(found, "certificate") == [line(Status.WARNING, "certificate", text, "Renew it on the SecurOS server.")]


def test_a_certificate_that_another_ca_signed_than_the_named_one(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text(new_certified_key(["127.0.0.1"]).cert_pem)
    with Talkative() as served:
        found = examined(Connection(served.target, TOKEN, ca_file=authority), tmp_path)
    text = f"The certificate of {served.target} is not trusted: self-signed certificate. Nothing is sent."
    fix = "Renew it on the SecurOS server, or name the CA that signed it."
    assert about(found, "certificate") == [line(Status.FAILED, "certificate", text, fix)]


# -- the receiver


def test_securos_has_not_connected_to_the_script(tmp_path: Path) -> None:
    with Simulator(("1",), faults={"core_ready": False}) as simulator:
        found = examined(to(simulator), tmp_path)
    fix = "Wait a minute, then restart the script in SecurOS. Deliveries wait meanwhile."
    text = "the script runs, but SecurOS has not connected to it"
    assert about(found, "SecurOS") == [line(Status.FAILED, "SecurOS", text, fix)]
    assert about(found, "password") == [line(Status.OK, "password", "accepted")]
    assert found[-1].subject == "password"


def test_a_receiver_that_cannot_write_its_memory(tmp_path: Path) -> None:
    with Talkative() as served:
        served.health |= {"durable": False, "durable_problem": "no folder can be written."}
        found = examined(pinned(served), tmp_path)
    text = "a restart of the script forgets what it has done: no folder can be written"
    fix = "Set STATE_DIR in the script to a folder that SecurOS may write to."
    assert about(found, "memory") == [line(Status.WARNING, "memory", text, fix)]


def test_a_receiver_of_another_version(tmp_path: Path) -> None:
    with Talkative() as served:
        served.health["version"] = "0.0.9"
        found = examined(pinned(served), tmp_path)
    text = "securos-trigger 0.0.9 on Node.js 16.20.2, older than the 0.2.0 of this package"
    assert about(found, "receiver") == [line(Status.WARNING, "receiver", text, UPDATE)]


def test_a_receiver_of_a_newer_version_is_not_to_be_replaced_by_an_older_one(tmp_path: Path) -> None:
    with Talkative() as served:
        served.health["version"] = "0.10.0"
        found = examined(pinned(served), tmp_path)
    text = "securos-trigger 0.10.0 on Node.js 16.20.2, newer than the 0.2.0 of this package"
    fix = "Nothing is lost meanwhile. Update securos-trigger here when you have time (docs/updating.md)."
    assert about(found, "receiver") == [line(Status.WARNING, "receiver", text, fix)]


@pytest.mark.parametrize(
    ("clock_ahead_s", "apart", "status"),
    [
        (-73.0, "1 min 13 s ahead of", Status.WARNING),
        (73.0, "1 min 13 s behind", Status.WARNING),
        (3600.0, "1 h behind", Status.FAILED),
    ],
)
def test_clocks_that_are_apart(tmp_path: Path, clock_ahead_s: float, apart: str, status: Status) -> None:
    with Simulator(("1",)) as simulator:
        found = examined(to(simulator), tmp_path, clock_ahead_s=clock_ahead_s)
    text = f"the SecurOS server is {apart} this machine: events point at the wrong images"
    fix = "Let both take their time from one NTP server."
    assert about(found, "clock") == [line(status, "clock", text, fix)]


def test_a_receiver_that_tells_no_time(tmp_path: Path) -> None:
    with Talkative() as served:
        served.health["now"] = "noon"
        found = examined(pinned(served), tmp_path)
    text = "the receiver's time cannot be read"
    assert about(found, "clock") == [line(Status.WARNING, "clock", text, UPDATE)]


# -- what needs the password


def test_a_wrong_password_and_then_too_many_of_them(tmp_path: Path) -> None:
    with Simulator(("1",)) as simulator:
        wrong = replace(to(simulator), token="not-the-token")
        found = examined(wrong, tmp_path, sends_test_event=True)
        for _ in range(12):
            too_many = examined(wrong, tmp_path)
    fix = "Copy the token of the receiver's script again (TOKEN), or the file that holds it."
    assert str(found[-1]).strip() == line(Status.FAILED, "password", "the receiver does not accept iss_password", fix)
    assert too_many[-1].text == "too many wrong passwords came from this machine"
    assert "not-the-token" not in "".join(str(finding) for finding in found)


def test_a_camera_that_does_not_exist(tmp_path: Path) -> None:
    with Simulator(("1", "1.17")) as simulator:
        found = examined(to(simulator), tmp_path, senders=(sender("1.71"),), sends_test_event=True)
    fix = 'Fix iss_camera_ids of pipeline yard, node alarm, then `securos-trigger reload CONFIG`. Did you mean "1.17"?'
    assert about(found, "camera 1.71") == [line(Status.FAILED, "camera 1.71", "SecurOS knows no such camera", fix)]
    assert about(found, "test event") == [
        line(Status.FAILED, "test event", "camera 1.71: event refused: SecurOS knows no such camera")
    ]


def test_a_health_camera_that_does_not_exist_is_told_under_its_own_setting(tmp_path: Path) -> None:
    with Simulator(("1", "2"), names=("Gate", "Bridge")) as simulator:
        known = sender("1", health_camera_ids="2")
        unknown = SendingNode(
            "pipeline gate, node door", sender("1", health_camera_ids="22,1").properties, Context(node_id="door")
        )
        found = examined(to(simulator), tmp_path, senders=(known, unknown))
    fix = 'Fix health_camera_ids of pipeline gate, node door, then `securos-trigger reload CONFIG`. Did you mean "2"?'
    assert [str(finding).strip() for finding in found if finding.subject.startswith("camera ")] == [
        line(Status.OK, "camera 1", "Gate"),
        line(Status.OK, "camera 2", "Bridge"),
        line(Status.FAILED, "camera 22", "SecurOS knows no such camera", fix),
    ]


def test_a_securos_that_does_not_list_its_cameras(tmp_path: Path) -> None:
    with Simulator(("1",), faults={"missing": ["getObjectsIds"]}) as simulator:
        found = examined(to(simulator), tmp_path)
    text = "not compared: This SecurOS does not list its cameras"
    assert about(found, "cameras") == [line(Status.WARNING, "cameras", text)]


def test_texts_that_the_receiver_refuses(tmp_path: Path) -> None:
    with Talkative() as served:
        served.answers["/lumeoevent/check"] = (413, {"error": "The body is larger than 1000 bytes."})
        found = examined(pinned(served), tmp_path)
    text = "pipeline yard, node alarm: the receiver refuses its longest texts: The body is larger than 1000 bytes."
    assert about(found, "texts") == [line(Status.FAILED, "texts", text)]


def test_the_nodes_own_template_is_what_is_tried(tmp_path: Path) -> None:
    bodies: list[dict[str, Any]] = []

    class Noting(Talkative):
        async def _answer(self, request: web.Request) -> web.Response:
            if request.path == "/lumeoevent/check":
                bodies.append(await request.json())
            return await super()._answer(request)

    with Noting() as served:
        examined(
            pinned(served),
            tmp_path,
            senders=(
                sender(
                    event_source="custom",
                    trigger="x > 0",
                    event_name="Label {{ nodes.gpt1.fullframe.label | upper }}",
                    event_description="{% for o in objects %}{{ o }}{% endfor %}",
                ),
            ),
        )
    assert [body["event_name"][:15] for body in bodies] == ["Label TÜR 人 😀 <"] * 2
    assert [(len(body["event_name"]), len(body["event_description"])) for body in bodies] == [(19, 13), (256, 4096)]


# -- older receivers


def test_an_older_receiver_is_not_a_failure(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as served:
        found = examined(pinned(served), tmp_path, sends_test_event=True)
    assert [str(finding) for finding in found] == [
        "  ok       name         127.0.0.1 is an address",
        f"  ok       port         {served.port} is open",
        "  ok       certificate  the pinned one, valid for 3649 days",
        (
            "  warning  receiver     Lumeo's script: it does not recognise a repeated delivery, so a time-out may make a second event\n"
            "                        -> Replace it by receiver.js: docs/lumeo.md."
        ),
        "  ok       SecurOS      is connected to the script",
        "  warning  cameras      not compared: Lumeo's script does not list its cameras",
        "  warning  texts        not tried: Lumeo's script has no trial run",
        '  ok       test event   "TEST of securos-trigger" is in SecurOS now, cameras: 1',
    ]
    assert [body["event_name"] for body in served.bodies] == ["TEST of securos-trigger"]


def test_without_a_test_event_it_says_how_to_try_the_password_of_an_older_receiver(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as served:
        found = examined(pinned(served), tmp_path)
    text, fix = "not tried: Lumeo's script checks it with events only", "--send-test-event tries it."
    assert about(found, "password") == [line(Status.WARNING, "password", text, fix)]


def test_a_test_event_finds_the_wrong_password_of_an_older_receiver(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as served:
        found = examined(replace(pinned(served), token="wrong"), tmp_path, sends_test_event=True)
    text = "The receiver does not accept iss_password (status 401): unauthorized"
    assert about(found, "test event") == [line(Status.FAILED, "test event", text)]


def test_events_without_camera_and_an_older_receiver(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as served:
        found = examined(pinned(served), tmp_path, senders=(sender(""),))
    text = "pipeline yard, node alarm names no camera, and Lumeo's script refuses such events"
    fix = "Set iss_camera_ids. Or: Replace it by receiver.js: docs/lumeo.md."
    assert line(Status.FAILED, "cameras", text, fix) in about(found, "cameras")


def test_an_older_receiver_whose_securos_has_not_connected(tmp_path: Path) -> None:
    with OldReceiver(CERTIFICATE) as served:
        served.is_core_ready = False
        found = examined(pinned(served), tmp_path)
    assert [finding.text for finding in found if finding.status is Status.FAILED] == [
        "the script runs, but SecurOS has not connected to it"
    ]


# -- what is no receiver


def answering(status: int, content: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """A web server with one answer to everything."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        head = f"HTTP/1.1 {status} So\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + content)
        await writer.drain()
        writer.close()

    return talk


@pytest.mark.parametrize(
    ("status", "content", "what"),
    [
        (404, b"<html>nothing here</html>", 'status 404 and "<html>nothing here</html>"'),
        (200, b"<html>hello</html>", 'status 200 and "<html>hello</html>"'),
        (500, b"", "status 500 and nothing more"),
        (200, b'{"status": "up"}', 'status 200 and "{"status": "up"}"'),
        (200, b"[true]", 'status 200 and "[true]"'),
        (404, f"you are {TOKEN}".encode(), 'status 404 and "you are ***"'),
        (401, b'{"ok": false}', 'status 401 and "{"ok": false}"'),
        (200, b"x" * 500, f'status 200 and "{"x" * 59}…"'),
    ],
)
def test_a_web_server_that_is_no_receiver_fails_and_gets_nothing_more(
    tmp_path: Path, status: int, content: bytes, what: str
) -> None:
    with RawServer(answering(status, content)) as served:
        found = examined(Connection(served.target, TOKEN), tmp_path, sends_test_event=True)
    text = f"no receiver answers on this port: /health was answered with {what}"
    assert str(found[-1]).strip() == line(Status.FAILED, "receiver", text, WRONG_PORT)
    assert b"POST" not in served.received


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_the_password_is_accepted_only_by_a_receivers_own_answer(tmp_path: Path, status: int) -> None:
    with Talkative() as served:
        served.answers["/cameras"] = (status, "hello")
        found = examined(pinned(served), tmp_path, sends_test_event=True)
    text = f'not known whether it is accepted: /cameras was answered with status {status} and ""hello""'
    assert str(found[-1]).strip() == line(Status.FAILED, "password", text, WRONG_PORT)


def test_a_trial_run_that_no_receiver_answers_takes_no_texts(tmp_path: Path) -> None:
    for status, value in ((200, {"results": [EVENT_DONE]}), (200, {"checked": True}), (404, [])):
        with Talkative() as served:
            served.answers["/lumeoevent/check"] = (status, value)
            found = examined(pinned(served), tmp_path)
        start = json.dumps(value) if len(json.dumps(value)) <= 60 else json.dumps(value)[:59] + "…"
        what = f'status {status} and "{start}"'
        text = f"pipeline yard, node alarm: they were not tried: /lumeoevent/check was answered with {what}"
        assert about(found, "texts") == [line(Status.FAILED, "texts", text, WRONG_PORT)]


def test_what_the_trial_run_says_of_a_camera_is_told_once(tmp_path: Path) -> None:
    unknown = {"camera_id": "99", "step": "EVENT", "ok": False, "error": "unknown camera 99", "permanent": True}
    with Talkative() as served:
        served.answers["/cameras"] = (501, {"error": "This SecurOS does not list its cameras."})
        served.answers["/lumeoevent/check"] = (200, {"ok": False, "checked": True, "results": [EVENT_DONE, unknown]})
        found = examined(pinned(served), tmp_path, senders=(sender("1,99"), sender("1,99")))
    text = "pipeline yard, node alarm: its event will fail: SecurOS knows no such camera"
    assert about(found, "camera 99") == [line(Status.FAILED, "camera 99", text)]


def test_whatever_a_receiver_answers_the_doctor_ends_with_lines(tmp_path: Path) -> None:
    odd = {"ok": True, "receiver": ["x"], "version": 7, "node": None, "now": 5}
    for value, last in ((None, "receiver"), ([], "receiver"), ("text", "receiver"), (odd, "password")):
        with Talkative() as served:
            served.health = value  # type: ignore[assignment]
            served.answers = dict.fromkeys(served.answers, (200, value))
            found = examined(pinned(served), tmp_path, sends_test_event=True)
        assert found[-1].subject == last, json.dumps(value)
    with Talkative() as served:
        served.health = odd
        listed = (200, [None, {"id": 1}])
        served.answers = dict.fromkeys(served.answers, listed) | {"/lumeoevent": listed}
        found = examined(pinned(served), tmp_path, sends_test_event=True)
    assert found[-1].subject == "test event"
