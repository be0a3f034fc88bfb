"""Small real servers on loopback in the place of devices: HTTP with Digest, TLS, and clients that run against them."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from aiohttp import web

from securos_trigger.errors import FeedLostError
from securos_trigger.inputs.client_feed import MessageClient
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.feed import ConnectionState
from securos_trigger.inputs.message import Message
from securos_trigger.notices import Announcer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
USER, PASSWORD = "admin", "s3cret & <more>"


@asynccontextmanager
async def serving(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address of a server that answers every request with `handler`."""
    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def with_digest(handler: Handler) -> Handler:
    """Ask for a login by Digest (RFC 7616, MD5) before the handler is called."""

    async def checked(request: web.Request) -> web.StreamResponse:
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', request.headers.get("Authorization", "")))
        if given and given.get("response") == _digest(given, request.method):
            return await handler(request)
        challenge = 'Digest realm="device", nonce="abc", qop="auth", algorithm=MD5'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    return checked


def _digest(given: dict[str, str], method: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    one, two = md5(f"{USER}:device:{PASSWORD}"), md5(f"{method}:{given.get('uri')}")
    return md5(f"{one}:{given.get('nonce')}:{given.get('nc')}:{given.get('cnonce')}:auth:{two}")


def connection(url: str, **more: Any) -> DeviceConnection:
    """The settings of a connection with the right login."""
    return DeviceConnection.model_validate({"url": url, "user": USER, "password": PASSWORD, **more})


def state() -> ConnectionState:
    """The state of a connection that nobody watches."""
    return ConnectionState("camera", Announcer())


async def read_until_lost(client: MessageClient, limit: int = 1_000) -> tuple[list[Message], str]:
    """The messages of one connection, and why it ended; at most `limit`, then empty."""
    found: list[Message] = []
    try:
        async with asyncio.timeout(30), aclosing(client.messages()) as messages:
            async for message in messages:
                found.append(message)
                if len(found) >= limit:
                    return found, ""
    except FeedLostError as error:
        return found, str(error)
    return found, "ended without a reason"
