"""What accepts the certificate that a target shows, asked in a bare handshake with a real server."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from securos_trigger.delivery import AcceptedBy, Connection, TrustStore, inspect_certificate
from securos_trigger.delivery.certificate_trust import Trust
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from tests.integration.fake_receivers import TOKEN, OldReceiver, new_certified_key

CERTIFICATE = new_certified_key(["127.0.0.1"])


def test_each_certificate_is_accepted_by_what_is_set_remembered_or_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TrustStore(tmp_path / "trust.json")
    with OldReceiver(CERTIFICATE) as receiver:

        def accepted_by(**settings: object) -> AcceptedBy:
            connection = Connection(receiver.target, TOKEN, connect_timeout_s=20.0, **settings)  # type: ignore[arg-type]
            shown = asyncio.run(inspect_certificate(connection, store))
            assert shown.sha256 == CERTIFICATE.sha256
            return shown.accepted_by

        assert accepted_by() is AcceptedBy.NOTHING
        assert accepted_by(certificate_sha256=CERTIFICATE.sha256) is AcceptedBy.PIN
        (tmp_path / "authorities.pem").write_text(CERTIFICATE.cert_pem)
        assert accepted_by(ca_file=tmp_path / "authorities.pem") is AcceptedBy.CA_FILE
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
        assert accepted_by() is AcceptedBy.SYSTEM_CAS
        store.accept(receiver.target, CERTIFICATE.sha256)
        assert accepted_by() is AcceptedBy.MEMORY
        store.note_signed_by_system_ca(receiver.target)
        assert accepted_by() is AcceptedBy.SYSTEM_CAS


def test_a_target_that_takes_no_connection_costs_no_reading_of_the_system_s_authorities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings: list[str] = []

    def read_authorities() -> ssl.SSLContext:
        readings.append("read")
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target("https", "127.0.0.1", listener.getsockname()[1])
    monkeypatch.setattr(ssl, "create_default_context", read_authorities)

    async def verify() -> None:
        trust = Trust(target, certificate_sha256=None, ca_file=None, store=None, announcer=Announcer())
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                await trust.verify(20.0)

    asyncio.run(verify())
    assert readings == []


def test_the_system_s_authorities_are_read_once_for_a_target_that_none_of_them_has_signed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings: list[str] = []
    create = ssl.create_default_context

    def read_authorities() -> ssl.SSLContext:
        readings.append("read")
        return create()

    monkeypatch.setattr(ssl, "create_default_context", read_authorities)
    with OldReceiver(CERTIFICATE) as receiver:
        trust = Trust(receiver.target, certificate_sha256=None, ca_file=None, store=None, announcer=Announcer())
        asyncio.run(trust.verify(20.0))
    assert readings == ["read"]
