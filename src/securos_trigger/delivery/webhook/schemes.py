"""Finds out what a port speaks where a delivery failed: the other scheme, or nothing. No token is sent."""

from __future__ import annotations

import asyncio

from securos_trigger.delivery.handshake import certificate_of, unverified_context
from securos_trigger.model import Target


async def speaks_tls(target: Target, timeout_s: float) -> bool:
    """True when the port answers a TLS handshake."""
    try:
        await certificate_of(target, unverified_context(), timeout_s)
    except OSError:
        return False
    return True


async def speaks_http(target: Target, timeout_s: float) -> bool:
    """True when a plain request, which holds no token, is answered as HTTP."""
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(target.host, target.port)
            try:
                writer.write(b"GET /health HTTP/1.1\r\nHost: receiver\r\nConnection: close\r\n\r\n")
                return await reader.readexactly(5) == b"HTTP/"
            finally:
                writer.transport.abort()
                await writer.wait_closed()
    except (OSError, EOFError):
        return False


async def accepts_connections(target: Target, timeout_s: float) -> bool:
    """True when the port takes a connection: what says nothing on it is the program, not a firewall."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(target.host, target.port)
    except OSError:
        return False
    writer.transport.abort()
    return True
