"""The certificate that a target shows: who vouches for it, and how long it is valid. Nothing is sent."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from securos_trigger.delivery.trust import (
    VOUCHED_BY_SYSTEM,
    TrustStore,
    certificate_of,
    fingerprint_of,
    unverified_context,
)
from securos_trigger.delivery.webhook import Connection


class Voucher(StrEnum):
    """Why a certificate is accepted."""

    PIN = "pin"
    #: It is the one that the target showed first.
    MEMORY = "memory"
    CA_FILE = "ca_file"
    SYSTEM = "system"
    #: The first delivery will remember it, unless another one is remembered.
    NOBODY = "nobody"

    @property
    def minds_expiry(self) -> bool:
        """True when nothing is sent any more once the certificate has expired."""
        return self in (Voucher.CA_FILE, Voucher.SYSTEM)


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A certificate in short: its SHA-256 fingerprint (64 hexadecimal digits), its end (aware), its voucher."""

    sha256: str
    ends_at: datetime
    voucher: Voucher


async def look_at_certificate(connection: Connection, store: TrustStore) -> ShownCertificate:
    """Meet the target with a bare handshake. Raises OSError when there is none.

    Raises `ConfigurationError` when the file of remembered certificates cannot be read.
    """
    content = await certificate_of(connection.target, unverified_context(), connection.connect_timeout_s)
    sha256 = fingerprint_of(content)
    ends_at = x509.load_der_x509_certificate(content).not_valid_after_utc
    return ShownCertificate(sha256, ends_at, await _voucher(connection, store, sha256))


async def _voucher(connection: Connection, store: TrustStore, sha256: str) -> Voucher:
    if connection.certificate_sha256:
        return Voucher.PIN
    if connection.ca_file is not None:
        return Voucher.CA_FILE
    known = store.known(connection.target)
    if known == sha256:
        return Voucher.MEMORY
    if known == VOUCHED_BY_SYSTEM:  # also when it has expired, and no authority vouches for it any more
        return Voucher.SYSTEM
    try:
        await certificate_of(connection.target, ssl.create_default_context(), connection.connect_timeout_s)
    except ssl.SSLCertVerificationError:
        return Voucher.NOBODY
    return Voucher.SYSTEM
