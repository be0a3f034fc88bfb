"""Connections that a hostile receiver cannot misuse: what it sends is bounded, and belongs to a request.

One event loop serves all targets. Without bounds, a receiver that answers `100 Continue`, or one byte of a chunk at a
time, without end takes the others' share of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.helpers import set_exception

from securos_trigger.system.platform import has_input

#: The most that an attempt reads, with headers and the framing of chunks.
MAX_RAW_BYTES: Final = 320 * 1024
#: The most pieces that it comes in. A long answer has about a hundred.
MAX_READS: Final = 2_000
#: The most lines: of headers, of chunks, of the text itself. Each chunk costs as much time as a kilobyte.
MAX_LINES: Final = 2_000
#: The most interim answers (status 100 to 199).
MAX_INTERIM_ANSWERS: Final = 16

#: What is parsed in one go: a bound that is exceeded is seen no later than this.
_SLICE_BYTES: Final = 4_096

#: A receiver gets this many seconds to answer the good-bye of TLS before its connection is cut off.
_GOOD_BYE_S: Final = 1.0


class BoundedResponse(ResponseHandler):
    """The protocol of one connection, which is closed when a bound is exceeded or data comes that nothing asked for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, standing: dict[BoundedResponse, asyncio.BaseTransport]) -> None:
        super().__init__(loop)
        self._standing = standing
        self.is_idle = False  # kept open, with no request under way
        self._refusal: aiohttp.ClientPayloadError | None = None
        self._raw_bytes = self._reads = self._lines = self._interim_answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with a new connection."""
        self._standing[self] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End: the connection is closed on both sides, or cut off."""
        self._standing.pop(self, None)
        super().connection_lost(exc)

    def begin_again(self) -> None:
        """Begin another attempt over a connection that was kept open."""
        self.is_idle = False
        self._raw_bytes = self._reads = self._lines = self._interim_answers = 0

    def data_received(self, data: bytes) -> None:
        """Take what the receiver sends; nothing at all when the parser is to go on."""
        if not data:
            super().data_received(data)
            return
        if self.is_idle:
            self.close()
            return
        self._reads += 1
        for start in range(0, len(data), _SLICE_BYTES):
            piece = data[start : start + _SLICE_BYTES]
            self._raw_bytes += len(piece)
            self._lines += piece.count(b"\n")
            if too_much := self._too_much():
                self._refuse(too_much)
            if self._refusal is not None or self.transport is None:
                return
            super().data_received(piece)

    def _too_much(self) -> str:
        if self._reads > MAX_READS:
            return f"it comes in more than {MAX_READS} pieces"
        if self._raw_bytes > MAX_RAW_BYTES:
            return f"it is larger than {MAX_RAW_BYTES // 1024} kB with its headers and chunks"
        return f"it has more than {MAX_LINES} lines" if self._lines > MAX_LINES else ""

    def feed_data(self, data: tuple[aiohttp.http.RawResponseMessage, aiohttp.StreamReader], size: int = 0) -> None:
        """Take an answer of which the headers are read."""
        self._interim_answers += data[0].code < 200
        if self._interim_answers > MAX_INTERIM_ANSWERS:
            self._refuse(f"it has more than {MAX_INTERIM_ANSWERS} interim answers")
        elif self._refusal is None:
            super().feed_data(data, size)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """End the attempt with an error. The one that says which bound was exceeded stays."""
        exc = self._refusal or exc
        super().set_exception(exc, exc if exc_cause is None else exc_cause)

    def _refuse(self, why: str) -> None:
        if self._refusal is not None:
            return
        self._refusal = aiohttp.ClientPayloadError(why)
        self._buffer.clear()
        if self._payload is not None:
            set_exception(self._payload, self._refusal)
        self.set_exception(self._refusal)
        if self.transport is not None:
            self.transport.abort()


class BoundedConnector(aiohttp.TCPConnector):
    """A connector of bounded connections. One that is kept open is used again only if nothing has come over it.

    Each new connection looks the name up again: a receiver that has moved to another address is found at once.
    """

    def __init__(self, limit: int, keepalive_timeout: float) -> None:
        # Not use_dns_cache=False: connections that are made at the same time share one look-up.
        super().__init__(limit=limit, keepalive_timeout=keepalive_timeout, ttl_dns_cache=0)
        #: Also those that are closed here and wait for the other side: aiohttp has forgotten these.
        self._standing: dict[BoundedResponse, asyncio.BaseTransport] = {}
        self._factory = functools.partial(  # type: ignore[assignment]
            BoundedResponse, loop=self._loop, standing=self._standing
        )

    async def close(self, *, abort_ssl: bool = False) -> None:
        """Close all connections. When it is done, none stands, whatever the other sides do."""
        await super().close(abort_ssl=abort_ssl)
        good_byes = [closed for one in self._standing if (closed := one.closed) is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOOD_BYE_S):
                await asyncio.gather(*good_byes, return_exceptions=True)
        for transport in self._standing.values():
            assert isinstance(transport, asyncio.WriteTransport)
            transport.abort()
        await asyncio.sleep(0)  # a transport closes its socket in the next turn of the loop

    async def _get(self, *args: object, **kwargs: object) -> aiohttp.connector.Connection | None:
        while (connection := await super()._get(*args, **kwargs)) is not None:  # type: ignore[arg-type]
            protocol = connection.protocol
            assert isinstance(protocol, BoundedResponse)
            protocol.begin_again()
            if not _has_unread_data(protocol.transport):
                return connection
            connection.close()
        return None

    def _release(self, key: object, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        assert isinstance(protocol, BoundedResponse)
        protocol.is_idle = True
        super()._release(key, protocol, should_close=should_close)  # type: ignore[arg-type]


def _has_unread_data(transport: asyncio.Transport | None) -> bool:
    """True when the socket has something to read, be it the end: then it is of no use for a request."""
    end = None if transport is None else transport.get_extra_info("socket")
    if end is None or end.fileno() < 0:
        return True
    return has_input(end.fileno())
