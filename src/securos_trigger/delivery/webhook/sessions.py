"""The connections to one target that are kept open, and how to leave them when one cannot be relied on."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any, Final

import aiohttp
from yarl import URL

from securos_trigger.delivery.webhook.bounded import BoundedConnector

#: Node.js closes an idle connection after 5 s; a request must not meet that.
_KEEP_ALIVE_S: Final = 4.0
#: To aiohttp no seconds at all mean: without a limit.
_SHORTEST_S: Final = 0.001
#: A request that has lost less than this of its time, in seconds, has the limits of all requests, which are made once.
_MOMENT_S: Final = 0.001


class _ConnectedError(Exception):
    """There is a connection, and nothing was sent."""


class _ConnectingOnly(BoundedConnector):
    """Connects as a request does, and ends the request before anything is sent."""

    async def connect(self, *args: Any, **kwargs: Any) -> aiohttp.connector.Connection:
        connection = await super().connect(*args, **kwargs)
        connection.close()
        raise _ConnectedError


class Sessions:
    """Opens a client session when it is needed. Times in seconds. One event loop uses it."""

    def __init__(self, *, max_connections: int, connect_timeout_s: float, total_timeout_s: float) -> None:
        self._max_connections = max_connections
        self._connect_timeout_s = connect_timeout_s
        self._total_timeout_s = total_timeout_s
        self._whole = aiohttp.ClientTimeout(total=total_timeout_s, connect=connect_timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._retired: list[tuple[aiohttp.ClientSession, float]] = []  # and when its last request has ended

    def open(self) -> aiohttp.ClientSession:
        """Give the session for a request."""
        if self._session is None:
            self._session = self._session_over(BoundedConnector(self._max_connections, _KEEP_ALIVE_S))
        return self._session

    def timeout(self, left_s: float) -> aiohttp.ClientTimeout:
        """Give the limits of one request that has these seconds left."""
        if left_s > self._total_timeout_s - _MOMENT_S:
            return self._whole
        return aiohttp.ClientTimeout(total=max(left_s, _SHORTEST_S), connect=self._connect_timeout_s)

    async def connect(self, url: URL, verification: ssl.SSLContext | aiohttp.Fingerprint | bool, left_s: float) -> None:
        """Make a connection as a request to `url` does, and close it. Raises what a request would raise."""
        async with self._session_over(_ConnectingOnly(1, _KEEP_ALIVE_S)) as session:
            with contextlib.suppress(_ConnectedError):
                await session.get(url, ssl=verification, timeout=self.timeout(left_s))

    def _session_over(self, connector: BoundedConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            timeout=self._whole,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )

    async def renew(self) -> None:
        """Use new connections from now on: one that is kept open may hold an answer that belongs to no request.

        Requests under way keep theirs.
        """
        now_ticks = asyncio.get_running_loop().time()
        ended = [session for session, end_at_ticks in self._retired if end_at_ticks <= now_ticks]
        self._retired = [(session, end_at_ticks) for session, end_at_ticks in self._retired if end_at_ticks > now_ticks]
        if self._session is not None:
            self._retired.append((self._session, now_ticks + self._total_timeout_s))
            self._session = None
        for session in ended:
            await session.close()

    async def close(self) -> None:
        """Close all connections."""
        sessions = [session for session, _ in self._retired]
        if self._session is not None:
            sessions.append(self._session)
        self._session = None
        self._retired.clear()
        for session in sessions:
            await session.close()


async def read_at_most(response: aiohttp.ClientResponse, max_bytes: int) -> bytes | None:
    """Read the body of an answer; None when it is larger."""
    content = bytearray()
    while chunk := await response.content.readany():
        content += chunk
        if len(content) > max_bytes:
            response.close()
            return None
    return bytes(content)
