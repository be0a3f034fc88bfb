"""A hostile piece of network between a courier and its receiver: it passes bytes on, or does not, as it is set."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from enum import StrEnum
from types import TracebackType
from typing import Self

_DRIP_BYTES = 16
_DRIP_EVERY_S = 0.01
_CHANCE = 0.5


class Fault(StrEnum):
    """What the network does at present."""

    #: Everything passes.
    NONE = "none"
    #: Connections are cut at once, and new ones are reset.
    CUT = "cut"
    #: The same, but new connections are accepted, and reset at their first bytes.
    RESET_ON_ACCEPT = "reset_on_accept"
    #: The request passes; in place of the answer comes a reset. The sender cannot know whether it was done.
    RESET_AFTER_REQUEST = "reset_after_request"
    #: Connections stand, and nothing passes.
    HALF_OPEN = "half_open"
    #: A few bytes at a time.
    DRIP = "drip"
    #: Single bytes arrive changed.
    GARBLE = "garble"


_CUTTING = (Fault.CUT, Fault.RESET_ON_ACCEPT)


class Proxy:
    """Listens on a free port (`port`) of `host` and passes on to `to_port`, as a context manager.

    `to_port` (where new connections lead) and `fault` may be set at any time, from any thread. `struck` counts how
    often each fault did harm.
    """

    def __init__(self, to_port: int, chance: random.Random, host: str = "127.0.0.1") -> None:
        self.port = 0
        self._host = host
        self.struck: Counter[Fault] = Counter()
        self.to_port = to_port
        self._chance = chance
        self._fault = Fault.NONE
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    @property
    def fault(self) -> Fault:
        """What the network does at present."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._fault = fault
        if fault in _CUTTING:
            self._loop.call_soon_threadsafe(self._cut_all)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._is_ready.wait(60):
            raise TimeoutError("the proxy did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(60)
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._meet, self._host, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        await self._ending.wait()
        server.close()
        for writer in self._writers:
            _reset(writer)
        if meetings := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(meetings, timeout=5)  # their connections are gone, so they come to their end

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (fault := self._fault) in _CUTTING:
            self.struck[fault] += 1
            if fault is Fault.RESET_ON_ACCEPT:
                await reader.read(1)
            _reset(writer)
            return
        try:
            answers, onward = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            _reset(writer)  # the receiver is away: so are we
            return
        ends = {writer, onward}
        self._writers |= ends
        try:
            both = self._pass(reader, onward, is_answer=False), self._pass(answers, writer, is_answer=True)
            await asyncio.gather(*both)
        except OSError:
            pass  # one side went, or a fault cut it: the other side is closed below
        finally:
            self._writers -= ends
            for end in ends:
                _reset(end)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        while data := await source.read(65536):
            match self._fault:
                case Fault.HALF_OPEN as fault:
                    self.struck[fault] += 1
                    continue
                case Fault.DRIP as fault:
                    self.struck[fault] += 1
                    await _drip(data, sink)
                    continue
                case Fault.RESET_AFTER_REQUEST as fault if is_answer and self._chance.random() < _CHANCE:
                    self.struck[fault] += 1
                    raise ConnectionResetError("in place of the answer")
                case Fault.GARBLE as fault if self._chance.random() < _CHANCE:
                    self.struck[fault] += 1
                    data = self._garbled(data)
            sink.write(data)
            await sink.drain()
        raise ConnectionResetError("one side has ended")

    def _garbled(self, data: bytes) -> bytes:
        place = self._chance.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]

    def _cut_all(self) -> None:
        for writer in self._writers:
            self.struck[self._fault] += 1
            _reset(writer)


async def _drip(data: bytes, sink: asyncio.StreamWriter) -> None:
    for start in range(0, len(data), _DRIP_BYTES):
        if sink.is_closing():
            return
        sink.write(data[start : start + _DRIP_BYTES])
        await asyncio.sleep(_DRIP_EVERY_S)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close without good-bye: the other side gets a TCP reset."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0 and not writer.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
