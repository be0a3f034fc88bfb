"""An answer that never ends: the event streams of Hikvision and Dahua, piece by piece."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Final

import aiohttp
from yarl import URL

from securos_trigger.errors import FeedLostError
from securos_trigger.inputs.clients.session import ANSWER_WITHIN_S, failures_in_words, open_session, refusal
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.feed import ConnectionState
from securos_trigger.inputs.message import Message

#: The usual address of the events of each kind.
PATHS: Final = {
    "hikvision": "/ISAPI/Event/notification/alertStream",
    "dahua": "/cgi-bin/eventManager.cgi?action=attach&codes=[All]&heartbeat=5",
}
#: The most bytes of one piece.
PIECE_BYTES: Final = 65_536


class EventStreamClient:
    """Reads the stream of one device. A message is a piece of it; the last one, which is empty, ends the document."""

    def __init__(self, kind: str, connection: DeviceConnection, state: ConnectionState) -> None:
        self._url = connection.at(PATHS[kind])
        self._connection = connection
        self._state = state

    async def messages(self) -> AsyncGenerator[Message, None]:
        """The pieces of one connection. FeedLostError: it is refused, silent for too long, or has ended."""
        async with open_session(self._connection) as session:
            response = await self._attach(session)
            self._state.note_connected(self._connection.url)
            reason = ""
            has_begun = False
            try:
                while not reason:
                    piece, reason = await self._next(response)
                    if piece:
                        has_begun = True
                        yield Message(body=piece, arrived_at=time.time(), is_last_part=False)
            finally:
                response.close()
            if has_begun:
                yield Message(body=b"", arrived_at=time.time())
        raise FeedLostError(reason)

    async def _attach(self, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
        with failures_in_words(self._connection):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                response = await session.get(URL(self._url, encoded=True), allow_redirects=False)
        if (refused := refusal(response, self._connection)) is not None:
            response.close()
            raise refused
        return response

    async def _next(self, response: aiohttp.ClientResponse) -> tuple[bytes, str]:
        """The next piece; without one, why the connection is over."""
        try:
            with failures_in_words(self._connection):
                async with asyncio.timeout(self._connection.silent_after_s):
                    piece = await response.content.read(PIECE_BYTES)
        except FeedLostError as error:
            is_silent = isinstance(error.__context__, TimeoutError)
            return b"", f"silent for {self._connection.silent_after_s:g} s" if is_silent else str(error)
        return piece, "" if piece else "the device has closed the connection"
