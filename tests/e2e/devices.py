"""A small recorder of Hikvision for tests: a real server in a thread of its own."""

from __future__ import annotations

import asyncio
import threading

from aiohttp import web

from tests.unit.inputs.clients.devices import serving, with_digest

ALERT = (
    "--b\r\nContent-Type: application/xml\r\n\r\n<EventNotificationAlert><channelID>{channel}</channelID>"
    "<eventType>linedetection</eventType><eventState>{state}</eventState></EventNotificationAlert>\r\n"
)


class Recorder:
    """A recorder whose streams are sent what a test says, in a thread of its own. `cut` closes all streams."""

    def __init__(self) -> None:
        self.url = ""
        self.streams: list[web.StreamResponse] = []
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._end: asyncio.Event
        self._cut: asyncio.Event
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        assert self._is_ready.wait(30)

    async def _run(self) -> None:
        self._end, self._cut = asyncio.Event(), asyncio.Event()
        async with serving(with_digest(self._stream)) as self.url:
            self._is_ready.set()
            await self._end.wait()

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        self.streams.append(response)
        cut = self._cut
        await cut.wait()
        assert request.transport is not None
        request.transport.abort()
        return response

    def send(self, channel: int, state: str) -> None:
        """Send an alert on the newest stream."""
        text = ALERT.format(channel=channel, state=state)
        asyncio.run_coroutine_threadsafe(self.streams[-1].write(text.encode()), self._loop).result(30)

    def cut(self) -> None:
        """Break the connections in the middle of an alert."""

        async def run() -> None:
            await self.streams[-1].write(b"--b\r\n\r\n<EventNotificationAlert><channelID>1</chan")
            old, self._cut = self._cut, asyncio.Event()
            old.set()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def close(self) -> None:
        """End the server."""
        self._loop.call_soon_threadsafe(self._cut.set)
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(30)
        self._loop.close()
