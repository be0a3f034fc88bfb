"""The HTTP transport: messages are posted, and answered when all that comes of them is on the disk.

`POST /metadata/SOURCE` for all kinds, and `POST /lumeoevent` for senders of Lumeo's events. 202 (200 for `/lumeoevent`)
means that it is kept; a sender that gets no answer, 429 or 503 sends again.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from securos_trigger.errors import FeedLostError
from securos_trigger.inputs.feed import Arrival, ArrivalQueue, ConnectionState, Taken
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.http_settings import HttpSettings
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.refused_posts import RefusedPosts
from securos_trigger.inputs.sender_token import KnownTokens
from securos_trigger.notices import Announcer
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.worker import Worker

#: Posts that wait for their answer; further ones are answered with 429.
MAX_IN_FLIGHT: Final = 256
#: A post is answered with 503 when the disk has not taken what comes of it within this time, in seconds.
KEPT_WITHIN_S: Final = 10.0
#: A body must have come within this time, in seconds.
BODY_WITHIN_S: Final = 30.0
RETRY_AFTER_S: Final = 2
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
_CLOSE_WITHIN_S: Final = 5.0
#: For devices that post to an address and can show no header.
_TOKEN_PARAMETER: Final = "token"
#: Methods of browsers and of strangers. They are counted only when the address is right (405): then a sender uses them.
_LOOKS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_TYPES: Final = ("application/", "text/", "multipart/form-data")


class HttpFeed:
    """The feed of an input that is posted to. `port` is there while it listens."""

    def __init__(self, source_name: str, kind: str, settings: HttpSettings, announcer: Announcer) -> None:
        self.queue = ArrivalQueue()
        self.state = ConnectionState(source_name, announcer)
        self.port: int | None = None
        self._is_lumeo = kind == "lumeoevent"
        self._path = "/lumeoevent" if self._is_lumeo else "/metadata/{source:.+}"
        #: Where messages are accepted, in words.
        self._accepted_at = "POST /lumeoevent" if self._is_lumeo else "POST /metadata/SOURCE"
        self.refused_posts = RefusedPosts(self._accepted_at)
        self._settings = settings
        self._tokens = KnownTokens(settings.token, settings.tokens)
        self._in_flight = 0
        self._pause_s = FIRST_PAUSE_S
        #: What ends the listening, while it listens.
        self._end: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._worker = Worker(f"http-{source_name}", self._turn, announcer)

    def start(self) -> None:
        """Listen, in the worker's thread."""
        self._worker.start()

    def close(self) -> None:
        """Listen no more; posts without an answer come again."""
        self._worker.request_close()
        if (end := self._end) is not None:
            loop, ended = end
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(ended.set)
        self._worker.close(_CLOSE_WITHIN_S)

    def _turn(self, closing: threading.Event) -> None:
        """Listen until the end, or until it is known why that cannot be."""
        try:
            asyncio.run(self._serve(closing))
        except FeedLostError as error:
            self.state.note_lost(str(error))
            closing.wait(self._pause_s)
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    async def _serve(self, closing: threading.Event) -> None:
        application = web.Application(client_max_size=MAX_BODY_BYTES + 1, middlewares=[self._noted, self._in_json])
        application.router.add_post(self._path, self._post)
        runner = web.AppRunner(application, access_log=None, logger=_log(), keepalive_timeout=75, auto_decompress=False)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._settings.host, self._settings.port, ssl_context=self._tls())
            try:
                await site.start()
            except OSError as error:
                raise FeedLostError(f"it cannot listen on {self._settings.listen}: {reason_of(error)}") from None
            self.port = runner.addresses[0][1]
            self._pause_s = FIRST_PAUSE_S
            scheme = "http" if self._settings.certificate_file is None else "https"
            self.state.note_connected(f"it listens on {scheme}://{self._settings.host}:{self.port}")
            ended = asyncio.Event()
            self._end = (asyncio.get_running_loop(), ended)
            if not closing.is_set():
                await ended.wait()
        finally:
            self.port = self._end = None
            await runner.cleanup()

    def _tls(self) -> ssl.SSLContext | None:
        if self._settings.certificate_file is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self._settings.certificate_file, self._settings.key_file)
        except (OSError, ssl.SSLError) as error:
            raise FeedLostError(f"its certificate or key cannot be used: {reason_of(error)}") from None
        return context

    async def _post(self, request: web.Request) -> web.Response:
        """Answer one post."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        self._in_flight += 1
        try:
            body = await asyncio.wait_for(request.read(), BODY_WITHIN_S)
            return await self._kept(request, body)
        except web.HTTPRequestEntityTooLarge:
            return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The most is {MAX_BODY_BYTES:,} bytes.")
        except web.RequestPayloadError:
            return _error(HTTPStatus.BAD_REQUEST, "The body does not have the length that its headers say.")
        except TimeoutError:
            return _error(HTTPStatus.REQUEST_TIMEOUT, f"The body did not arrive within {BODY_WITHIN_S:g} s.")
        finally:
            self._in_flight -= 1

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Why a post is not read; None: it is."""
        if not self._tokens.find(_shown_token(request))[0]:
            answer = _error(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong: Authorization: Bearer TOKEN.")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return _error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is, not compressed.")
        if not request.content_type.startswith(_TYPES):
            return _error(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"{request.content_type} is not accepted here: send text, such as application/json.",
            )
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The most is {MAX_BODY_BYTES:,} bytes.")
        if self._in_flight >= MAX_IN_FLIGHT:
            return _error(HTTPStatus.TOO_MANY_REQUESTS, "Too many posts wait for their answer. Send it again.")
        return None

    async def _kept(self, request: web.Request, body: bytes) -> web.Response:
        """Hand the message over, and answer when it is dealt with."""
        taken: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        content_type = request.headers.get("Content-Type", "")
        message = Message(
            body=body,
            arrived_at=time.time(),
            url=str(request.rel_url.without_query_params(_TOKEN_PARAMETER)),
            content_type=content_type,
            only_cameras=self._tokens.find(_shown_token(request))[1],
        )
        if not self.queue.put(Arrival(message, _answer(taken), is_answered=True)):
            return _error(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Messages come faster than they can be written to the disk. Send this one again.",
            )
        try:
            found = await asyncio.wait_for(asyncio.shield(taken), KEPT_WITHIN_S)
        except TimeoutError:
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, "The message is not on the disk yet. Send it again.")
        if found.verdict is Verdict.MALFORMED:
            return _error(HTTPStatus.BAD_REQUEST, f"The message cannot be read: {found.reason}")
        if found.verdict is Verdict.REFUSED:
            return _error(HTTPStatus.FORBIDDEN, found.reason)
        return self._success(found)

    def _success(self, found: Taken) -> web.Response:
        if self._is_lumeo:
            event_id = found.event_ids[0] if found.event_ids else None
            answer: dict[str, Any] = {"ok": True, "kept": True, "event_id": event_id, "results": []}
            return web.json_response(answer | _why(found))
        content = {"kept": True, "verdict": found.verdict.value, "event_ids": list(found.event_ids)} | _why(found)
        return web.json_response(content, status=HTTPStatus.ACCEPTED)

    @web.middleware
    async def _in_json(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a wrong address or method in JSON as well, and name the right one."""
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            meaning = "" if self._is_lumeo else ", where SOURCE is your name of the camera"
            answer = _error(HTTPStatus(error.status), f"Messages are accepted at {self._accepted_at}{meaning}.")
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
            return answer

    @web.middleware
    async def _noted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count what is refused. The answer is the handler's."""
        answer = await handler(request)
        if request.method not in _LOOKS or answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.refused_posts.note(request.remote or "", answer.status, time.monotonic())
        return answer


def _is_about_us(record: logging.LogRecord) -> bool:
    """False for what a stranger has sent: without a token, anyone could fill the log with it."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError))


def _log() -> logging.Logger:
    """The log of the HTTP server: its bugs, and no traceback of requests that are no HTTP."""
    log = logging.getLogger(f"{__name__}.requests")
    log.addFilter(_is_about_us)
    return log


def _answer(taken: asyncio.Future[Taken]) -> Callable[[Taken], None]:
    """What the pipeline's thread calls when the message is dealt with."""
    loop = taken.get_loop()

    def set_result(found: Taken) -> None:
        if not taken.done():
            taken.set_result(found)

    def acknowledge(found: Taken) -> None:
        with suppress(RuntimeError):  # the loop has ended: the sender has no connection any more
            loop.call_soon_threadsafe(set_result, found)

    return acknowledge


def _shown_token(request: web.Request) -> str:
    """What a sender shows as `Authorization`; a token in the address counts as a bearer's."""
    shown = request.headers.get("Authorization", "")
    in_address = request.query.get(_TOKEN_PARAMETER, "")
    return f"Bearer {in_address}" if in_address and not shown else shown


def _why(found: Taken) -> dict[str, str]:
    """Why a message that was read has raised no event; nothing where it has."""
    return {"why": found.reason} if found.reason else {}


def _error(status: HTTPStatus, text: str) -> web.Response:
    answer = web.json_response({"error": text}, status=status)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer
