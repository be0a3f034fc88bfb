"""Finds out what a port speaks where a delivery failed: the other scheme, or nothing. No token is sent."""

from __future__ import annotations

import asyncio
from typing import Final

from securos_trigger.delivery.handshake import TimeLeft, certificate_of, unverified_context
from securos_trigger.model import Retry, RetryKind, Target

#: How a port that speaks TLS answers a plain request: not at all, or as some web servers do.
_REFUSALS: Final = (b"", b"HTTP/1.1 400", b"HTTP/1.0 400")


async def wrong_scheme(target: Target, failure: Retry, timeout_s: float) -> Retry | None:
    """Say that the port speaks the other scheme, where an attempt has failed so. None: it does not."""
    if target.scheme == "http" and await speaks_tls(target, timeout_s):
        return _needs_https(target)
    if target.scheme == "https" and failure.kind is RetryKind.UNREACHABLE and await speaks_http(target, timeout_s):
        message = (
            f"{target.host}:{target.port} speaks plain HTTP. Switch HTTPS on in the receiver, or set iss_scheme "
            'to "http": the token is then sent unencrypted.'
        )
        return Retry(RetryKind.WRONG_SCHEME, message)
    return None


async def no_plain_http(target: Target, timeout_s: float) -> Retry | None:
    """Say that the port speaks HTTPS and refuses a plain request. None: it does not, or it speaks both."""
    left = TimeLeft(timeout_s)
    if await speaks_tls(target, left.at_most()) and await _status_line(target, left.at_most()) in _REFUSALS:
        return _needs_https(target)
    return None


def _needs_https(target: Target) -> Retry:
    message = f'{target.host}:{target.port} speaks HTTPS. Set iss_scheme to "https".'
    return Retry(RetryKind.WRONG_SCHEME, message)


async def speaks_tls(target: Target, timeout_s: float) -> bool:
    """True when the port answers a TLS handshake."""
    try:
        await certificate_of(target, unverified_context, timeout_s)
    except OSError:
        return False
    return True


async def speaks_http(target: Target, timeout_s: float) -> bool:
    """True when a plain request, which holds no token, is answered as HTTP."""
    return (await _status_line(target, timeout_s))[:5] == b"HTTP/"


async def _status_line(target: Target, timeout_s: float) -> bytes:
    """Give the first 12 bytes of the answer to a plain request; empty: there are none."""
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(target.host, target.port)
            try:
                writer.write(b"GET /health HTTP/1.1\r\nHost: receiver\r\nConnection: close\r\n\r\n")
                return await reader.readexactly(12)
            finally:
                writer.transport.abort()
                await writer.wait_closed()
    except (OSError, EOFError):
        return b""


async def accepts_connections(target: Target, timeout_s: float) -> bool:
    """True when the port takes a connection: what says nothing on it is the program, not a firewall."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(target.host, target.port)
    except OSError:
        return False
    writer.transport.abort()
    return True
