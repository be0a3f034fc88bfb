"""Receivers to test against: one that behaves as the older ones in the field do, and several hostile ones.

Each runs on a loopback port in a thread of its own, as a context manager.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from securos_trigger.model import Target
from securos_trigger.vms.receiver_init import CertifiedKey, new_certified_key

TOKEN = "a-token-nobody-should-see"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def tls_server(certified: CertifiedKey) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        certificate.write_text(certified.cert_pem)
        key.write_text(certified.key_pem)
        context.load_cert_chain(certificate, key)
    return context


class Served:
    """A server on a loopback port, in its own thread. `certificate` None: plain HTTP."""

    def __init__(self, certificate: CertifiedKey | None = None, port: int = 0) -> None:
        self.certificate = certificate
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ending: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(),), daemon=True)

    @property
    def target(self) -> Target:
        return Target("https" if self.certificate else "http", "127.0.0.1", self.port)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._ending is not None
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(60)
        self._loop.close()

    def tls(self) -> ssl.SSLContext | None:
        return None if self.certificate is None else tls_server(self.certificate)

    async def _main(self) -> None:
        self._ending = asyncio.Event()
        await self.serve(self._ending)
        await asyncio.sleep(0.03)  # a TLS connection says good-bye in later rounds of the loop
        for transport in tuple(self._loop._transports.values()):  # type: ignore[attr-defined]
            transport.abort()  # one in the middle of its handshake, or without an answer to its good-bye
        await asyncio.sleep(0)

    def ready(self, port: int) -> None:
        self.port = port
        self._ready.set()

    async def serve(self, ending: asyncio.Event) -> None:
        raise NotImplementedError


class OldReceiver(Served):
    """As the receivers in the field: no memory of event ids, `ok: true` whatever happens, only EVENT listed as done.

    `failing` maps (camera, step) to an error. `answers` are (status, headers, body) to give first, in order.
    `bodies` are the posts that were let in.
    """

    def __init__(self, certificate: CertifiedKey | None = None, port: int = 0) -> None:
        super().__init__(certificate, port)
        self.token = TOKEN
        self.failing: dict[tuple[str, str], str] = {}
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.bodies: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.delay_s = 0.0
        self.is_core_ready = True
        self.stumbles_over: str | None = None  # the name of an event that is answered with `stumbles_with`
        self.stumbles_with: tuple[int, dict[str, str]] = (500, {"error": "stumbled"})
        self.slow_at: str | None = None  # the name of an event that is shown and not answered

    def names(self) -> list[str]:
        return [body["event_name"] for body in self.bodies]

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/lumeoevent", self._post)
        application.router.add_get("/health", self._health)
        return application

    async def serve(self, ending: asyncio.Event) -> None:
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=self.tls(), reuse_address=True)
        await site.start()
        self.ready(runner.addresses[0][1])
        await ending.wait()
        await runner.cleanup()

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "coreReady": self.is_core_ready, "https": self.certificate is not None})

    async def _post(self, request: web.Request) -> web.Response:
        self.authorizations.append(request.headers.get("Authorization", ""))
        if self.authorizations[-1] != f"Bearer {self.token}":
            return web.json_response({"error": "unauthorized"}, status=401)
        if self.answers:
            status, headers, content = self.answers.pop(0)
            return web.Response(status=status, headers=headers, body=content)
        if not self.is_core_ready:
            return web.json_response({"error": "securos core not ready"}, status=503)
        body = await request.json()
        if not body["camera_id"]:
            return web.json_response({"error": "camera_id is required"}, status=400)
        self.bodies.append(body)
        if body["event_name"] == self.stumbles_over:
            status, said = self.stumbles_with
            return web.json_response(said, status=status)
        if body["event_name"] == self.slow_at:
            await asyncio.sleep(30)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        return web.json_response({"ok": True, "results": [r for c in body["camera_id"] for r in self._steps(c, body)]})

    def _steps(self, camera: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = [("REC", body["trigger_recording"]), ("SUBTITLES", body["add_subtitle"]), ("EVENT", True)]
        results: list[dict[str, Any]] = []
        for step, is_wanted in wanted:
            if error := self.failing.get((camera, step)) if is_wanted else None:
                results.append({"camera_id": camera, "step": step, "error": error})
            elif step == "EVENT":
                results.append({"camera_id": camera, "step": step, "ok": True})
        return results


class RawServer(Served):
    """Hands each connection to `talk`; `received` is every byte that came (after TLS), `connections` how many."""

    def __init__(self, talk: Talk, certificate: CertifiedKey | None = None) -> None:
        super().__init__(certificate)
        self._talk = talk
        self.received = bytearray()
        self.connections = 0

    async def serve(self, ending: asyncio.Event) -> None:
        talks: set[asyncio.Task[None]] = set()
        writers: list[asyncio.StreamWriter] = []

        def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            writers.append(writer)
            task = asyncio.ensure_future(self._converse(reader, writer))
            talks.add(task)
            task.add_done_callback(talks.discard)

        server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=self.tls())
        self.ready(server.sockets[0].getsockname()[1])
        await ending.wait()
        server.close()
        for task in tuple(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        for writer in writers:  # also of a talk that was cancelled before it began
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(_Recording(reader, self.received), writer)  # type: ignore[arg-type]
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went first
        finally:
            writer.transport.abort()


class _Recording:
    """A reader that notes what it reads."""

    def __init__(self, reader: asyncio.StreamReader, received: bytearray) -> None:
        self._reader = reader
        self._received = received

    async def read(self, limit: int) -> bytes:
        data = await self._reader.read(limit)
        self._received += data
        return data


def saying(answer: bytes) -> Talk:
    """Reads some of a request and answers with these bytes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.05)

    return talk


async def never_answering(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(65536):
        pass


async def hanging_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body without end."""
    await reader.read(65536)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" " * 65536)
        await writer.drain()
        await asyncio.sleep(0)


def answer(value: object, status: int = 200) -> bytes:
    """A whole HTTP answer with a JSON body."""
    content = json.dumps(value).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(content), content)


__all__ = [
    "TOKEN",
    "OldReceiver",
    "RawServer",
    "answer",
    "endless",
    "hanging_up",
    "never_answering",
    "new_certified_key",
    "saying",
]
