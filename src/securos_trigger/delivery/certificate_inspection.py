"""The certificate that a target shows: what accepts it, and how long it is valid. Nothing is sent."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from securos_trigger.delivery.certificate_trust import SIGNED_BY_SYSTEM_CA, KnownCertificates
from securos_trigger.delivery.handshake import certificate_of, fingerprint_of, unverified_context
from securos_trigger.delivery.webhook import Connection


class AcceptedBy(StrEnum):
    """What accepts a certificate."""

    PIN = "pin"
    #: The trust file: it is the one that the target showed first.
    MEMORY = "memory"
    CA_FILE = "ca_file"
    SYSTEM_CAS = "system"
    #: Nothing yet. The first delivery will remember it, unless another one is remembered.
    NOTHING = "nothing"

    @property
    def is_refused_when_expired(self) -> bool:
        """True when nothing is sent any more once the certificate has expired."""
        return self in (AcceptedBy.CA_FILE, AcceptedBy.SYSTEM_CAS)


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A certificate in short: its SHA-256 fingerprint (64 hexadecimal digits), its end (aware), what accepts it."""

    sha256: str
    ends_at: datetime
    accepted_by: AcceptedBy


class UnreadableCertificateError(ValueError):
    """A target shows a certificate that cannot be parsed."""


async def inspect_certificate(connection: Connection, store: KnownCertificates) -> ShownCertificate:
    """Read the target's certificate in a bare handshake. Raises OSError when there is none.

    Raises `ConfigurationError` when the file of remembered certificates cannot be read, and
    `UnreadableCertificateError` when the certificate cannot.
    """
    content = await certificate_of(connection.target, unverified_context, connection.connect_timeout_s)
    sha256 = fingerprint_of(content)
    try:
        ends_at = x509.load_der_x509_certificate(content).not_valid_after_utc
    except (ValueError, x509.InvalidVersion) as error:
        raise UnreadableCertificateError(f"the certificate of {connection.target} cannot be read: {error}") from error
    return ShownCertificate(sha256, ends_at, await _accepted_by(connection, store, sha256))


async def _accepted_by(connection: Connection, store: KnownCertificates, sha256: str) -> AcceptedBy:
    if connection.certificate_sha256:
        return AcceptedBy.PIN
    if connection.ca_file is not None:
        return AcceptedBy.CA_FILE
    known = store.known(connection.target)
    if known == sha256:
        return AcceptedBy.MEMORY
    if known == SIGNED_BY_SYSTEM_CA:  # also when it has expired, and a handshake that checks it fails
        return AcceptedBy.SYSTEM_CAS
    try:
        await certificate_of(connection.target, ssl.create_default_context, connection.connect_timeout_s)
    except ssl.SSLCertVerificationError:
        return AcceptedBy.NOTHING
    return AcceptedBy.SYSTEM_CAS
