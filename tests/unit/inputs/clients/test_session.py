"""TLS with a device: a CA, one certificate by its fingerprint, and nothing sent to any other."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from securos_trigger.inputs.clients.event_stream import EventStreamClient
from tests.unit.inputs.clients.devices import connection, read_until_lost, serving, state


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with a certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "camera.pem"
    no_password = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def fingerprint_of(certificate: Path) -> str:
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    return hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()


async def read(certificate: Path, **more: Any) -> tuple[int, str, int]:
    """How many messages came over TLS, why the connection ended, and how many requests the server saw."""
    requests = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.Response(body=b"--b\r\n")

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with serving(handler, tls=context) as url:
        messages, reason = await read_until_lost(EventStreamClient("hikvision", connection(url, **more), state()))
    return len(messages), reason, requests


def test_a_certificate_that_a_known_ca_has_signed_is_accepted(certificate: Path) -> None:
    assert asyncio.run(read(certificate, ca_file=certificate)) == (2, "the device has closed the connection", 1)


def test_a_certificate_with_the_right_fingerprint_is_accepted(certificate: Path) -> None:
    colons = fingerprint_of(certificate).upper()
    found = asyncio.run(read(certificate, certificate_sha256=colons))
    assert found == (2, "the device has closed the connection", 1)


def test_any_other_certificate_is_refused_and_gets_no_request(certificate: Path) -> None:
    count, reason, requests = asyncio.run(read(certificate))
    assert (count, requests) == (0, 0)
    assert reason.startswith("the certificate of the device is not accepted: self")


def test_another_fingerprint_is_refused_and_gets_no_request(certificate: Path) -> None:
    count, reason, requests = asyncio.run(read(certificate, certificate_sha256="ab" * 32))
    assert (count, requests) == (0, 0)
    shown = fingerprint_of(certificate)
    assert reason == f"the certificate has another fingerprint ({shown}): possible man in the middle"


def test_a_ca_file_that_is_not_there_is_named(certificate: Path) -> None:
    _, reason, _ = asyncio.run(read(certificate, ca_file="/no/ca.pem"))
    assert reason == "the CA file /no/ca.pem cannot be used: No such file or directory"
