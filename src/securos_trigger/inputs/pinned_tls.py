"""TLS for transports: the CAs of the system, those of a file, or one certificate by its fingerprint."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from pathlib import Path
from typing import Any

from securos_trigger.errors import FeedLostError


def tls_context(ca_file: Path | None, certificate_sha256: str | None) -> ssl.SSLContext:
    """The context for a connection. With a fingerprint, the certificate itself is compared, and its name is not.

    Raises FeedLostError when the CA file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file is not None else None)
    except (OSError, ssl.SSLError) as error:
        raise FeedLostError(f"the CA file {ca_file} cannot be used: {error}") from None
    if certificate_sha256 is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = _socket_class(certificate_sha256)
    return context


def _socket_class(sha256: str | None) -> type[ssl.SSLSocket]:
    """A socket that is closed when the handshake fails, as it does when the certificate has another fingerprint."""

    class CheckedSocket(ssl.SSLSocket):
        def do_handshake(self, *args: Any, **kwargs: Any) -> None:
            try:
                super().do_handshake(*args, **kwargs)
                if sha256 is not None:
                    _require(sha256, self.getpeercert(binary_form=True))
            except BaseException:
                self.close()
                raise

    return CheckedSocket


def _require(sha256: str, certificate: bytes | None) -> None:
    shown = hashlib.sha256(certificate or b"").hexdigest()
    if not hmac.compare_digest(shown, sha256):
        raise ssl.SSLCertVerificationError(
            f"the certificate has another fingerprint ({shown}): possible man in the middle"
        )
