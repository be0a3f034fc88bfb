"""Bare TLS handshakes: which certificate a target shows, before any byte of a request is sent."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
import time
from collections.abc import Callable
from math import inf
from typing import Final

from securos_trigger.model import Target

#: The other side gets this many seconds to close its half of the connection.
_GOOD_BYE_S: Final = 1.0


class TimeLeft:
    """Counts down from `total_s` seconds: what several steps, one after the other, may take together."""

    def __init__(self, total_s: float) -> None:
        self._end_ticks = time.monotonic() + total_s

    def at_most(self, limit_s: float = inf) -> float:
        """Give the seconds that are left, and no more than `limit_s`; 0: there are none."""
        return max(0.0, min(limit_s, self._end_ticks - time.monotonic()))


def unverified_context() -> ssl.SSLContext:
    """Make a context that accepts any certificate: to look at one, never to send anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def certificate_of(target: Target, make_context: Callable[[], ssl.SSLContext], timeout_s: float) -> bytes:
    """Read the certificate (DER) that a target shows in a bare handshake. Nothing is sent after it.

    `make_context` is called when the target has taken the connection: to read the CAs of the system takes 20 ms, in
    which a target that is down would hold up the deliveries to all others each time it is tried.

    Raises OSError: `ssl.SSLError` when the handshake fails, `TimeoutError` when it takes too long.
    """
    async with asyncio.timeout(timeout_s):
        _, writer = await asyncio.open_connection(target.host, target.port)
        try:
            await writer.start_tls(make_context(), server_hostname=target.host)
        except BaseException:
            writer.transport.abort()
            raise
    certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()  # says good-bye: to many a receiver a connection that is cut off is an error
    with contextlib.suppress(OSError):
        async with asyncio.timeout(min(timeout_s, _GOOD_BYE_S)):
            await writer.wait_closed()
    writer.transport.abort()
    return certificate


def fingerprint_of(certificate: bytes) -> str:
    """Compute the SHA-256 fingerprint of a certificate (DER), 64 hexadecimal digits."""
    return hashlib.sha256(certificate).hexdigest()
