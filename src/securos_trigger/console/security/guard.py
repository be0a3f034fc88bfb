"""What every request must fulfil before a route sees it: host, origin, size. And the headers of every answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: A form with all that it may hold: a body is read and looked at in the event loop.
MAX_BODY_BYTES: Final = 64 * 1024
#: The same of a stranger, and of a log-in: it is read in the event loop before the sender is known.
MAX_STRANGER_BYTES: Final = 16 * 1024


class _Bound(NamedTuple):
    """How large a body may be, and what a larger one is answered."""

    most_bytes: int
    status: int
    sentence: str


_OF_A_LOG_IN: Final = _Bound(MAX_STRANGER_BYTES, 413, f"A log-in is no larger than {MAX_STRANGER_BYTES // 1024} kB.")
_OF_A_STRANGER: Final = _Bound(MAX_STRANGER_BYTES, 401, "Log in first.")
_OF_A_PERSON: Final = _Bound(MAX_BODY_BYTES, 413, f"The request is larger than {MAX_BODY_BYTES // 1024} kB.")
#: The answer to this has no end.
_ENDLESS: Final = "/api/stream"
_ENDS: Final = (
    "The console ends. Ask again when it runs again. A change may be done: look whether it is before you send it again."
)
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s\[\]:/?#@\\]+)(:[0-9]{1,5})?")
CHANGING: Final = frozenset({"POST", "PUT", "DELETE", "PATCH"})

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")


class Guard:
    """Stands before the whole application. `host_names` are those that a Host header may have, in lower case.

    `is_known` says whether the sender of a request has logged in: only then a body may be large.
    """

    def __init__(
        self, app: App, host_names: frozenset[str], is_known: Callable[[Scope], bool], *, is_https: bool
    ) -> None:
        self._app = app
        self._is_known = is_known
        self._host_names = host_names
        self._schemes = ("https",) if is_https else ("http", "https")  # a reverse proxy may add HTTPS
        self._headers = (*HEADERS, _STRICT_TRANSPORT) if is_https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        send = self._with_headers(scope, send)
        if refusal := self._refusal(scope["method"], headers):
            await _refuse(send, *refusal)
            return
        bound = await self._bound(scope, headers)
        if _length_bytes(headers) > bound.most_bytes:
            await _refuse(send, bound.status, bound.sentence)
            return
        if scope["method"] == "HEAD" and scope["path"] != _ENDLESS:
            scope = {**scope, "method": "GET"}  # the server sends the same without the body
        await _answered(self._app, scope, _bounded(receive, bound), send)

    async def _bound(self, scope: Scope, headers: dict[bytes, bytes]) -> _Bound:
        if scope["path"] == "/api/login":
            return _OF_A_LOG_IN
        is_small = b"transfer-encoding" not in headers and _length_bytes(headers) <= MAX_STRANGER_BYTES
        if is_small or await run_in_threadpool(self._is_known, scope):
            return _OF_A_PERSON
        return _OF_A_STRANGER

    def _refusal(self, method: str, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        found = _HOST.fullmatch(host)
        if found is None or found["name"] not in self._host_names:
            return 421, "The name in the address is not one of this console. Add it to host_names in [console]."
        if b"websocket" in headers.get(b"upgrade", b"").lower():
            return 400, "The console speaks no WebSocket: `GET /api/stream` has what happens as it happens."
        if method in CHANGING:
            origin = headers.get(b"origin")
            is_own = origin is None or origin.decode("latin-1").lower() in {f"{one}://{host}" for one in self._schemes}
            if not is_own or headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
                return 403, "The request comes from another page."
        return None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        is_api = scope["path"].startswith("/api/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                if not any(name == b"cache-control" for name, _ in own):
                    own.append((b"cache-control", b"no-store" if is_api else b"no-cache"))
                message = {**message, "headers": [*own, *self._headers]}
            await send(message)

        return send_with_headers


async def _answered(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request. One that is cut off, which the end of the console does, is answered with a sentence."""
    has_begun = False

    async def send_noted(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await app(scope, receive, send_noted)
    except asyncio.CancelledError:
        if has_begun:
            raise
        await _refuse(send, 503, _ENDS)


def _length_bytes(headers: dict[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() else MAX_BODY_BYTES + 1


def _bounded(receive: Receive, bound: _Bound) -> Receive:
    """The same body, refused where it is larger than it may be; its length may not have been named."""
    read_bytes = 0

    async def receive_bounded() -> Message:
        nonlocal read_bytes
        message = await receive()
        if message["type"] == "http.request":
            read_bytes += len(message.get("body", b""))
            if read_bytes > bound.most_bytes:
                raise HTTPException(bound.status, bound.sentence)
        return message

    return receive_bounded


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
