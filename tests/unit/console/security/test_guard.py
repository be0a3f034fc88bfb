"""What a request must fulfil before a route sees it, and the headers of every answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from securos_trigger.console.security.guard import (
    MAX_BODY_BYTES,
    MAX_STRANGER_BYTES,
    App,
    Guard,
    Message,
    Receive,
    Scope,
    Send,
)

SAME = {"host": "127.0.0.1:8642"}


async def hello(_scope: Scope, receive: Receive, send: Send) -> None:
    size = 0
    try:
        size = await _size(receive)
    except HTTPException as error:
        await send({"type": "http.response.start", "status": error.status_code})
    else:
        await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def _size(receive: Receive) -> int:
    size = 0
    while (message := await receive())["type"] == "http.request":
        size += len(message["body"])
        if not message.get("more_body"):
            break
    return size


def ask(
    headers: dict[str, str],
    *,
    method: str = "GET",
    path: str = "/",
    pieces: tuple[bytes, ...] = (b"",),
    https: bool = False,
    known: bool = True,
    app: App = hello,
) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers and the body of an answer through the guard."""
    names = frozenset({"127.0.0.1", "localhost", "[::1]", "console.plant.example"})
    sent: list[Message] = []
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting[-1]["more_body"] = False

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": raw}
    asyncio.run(Guard(app, names, lambda _scope: known, is_https=https)(scope, receive, send))
    own = {name.decode(): value.decode() for name, value in sent[0].get("headers", ())}
    return sent[0]["status"], own, sent[1]["body"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8642", "LocalHost:1", "[::1]:8642", "console.plant.example"])
def test_a_host_that_is_named_is_served(host: str) -> None:
    assert ask({"host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "[::2]:1",
        "127.0.0.1:80@evil.example",
        "127.0.0.1:",
        "127.0.0.1:80:80",
        "[::1]evil.example",
        "[::1",
        "127.0.0.1:80/",
    ],
)
def test_another_host_is_refused_so_that_no_foreign_name_leads_here(host: str) -> None:
    status, _, body = ask({"host": host})
    assert status == 421
    assert json.loads(body) == {
        "error": "The name in the address is not one of this console. Add it to host_names in [console]."
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "//127.0.0.1:8642"},
        {"origin": "ftp://127.0.0.1:8642"},
        {"origin": "http://127.0.0.1:8642/path"},
        {"origin": "http://user@127.0.0.1:8642"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_change_from_another_page_is_refused(headers: dict[str, str]) -> None:
    assert ask({**SAME, **headers}, method="POST")[0] == 403
    assert ask({**SAME, **headers}, method="GET")[0] == 200


def test_a_change_from_its_own_page_is_served() -> None:
    own = {"origin": "http://127.0.0.1:8642", "sec-fetch-site": "same-origin"}
    assert ask({**SAME, **own}, method="POST")[0] == 200


def test_with_https_a_page_without_it_is_another_one_and_a_reverse_proxy_may_add_it() -> None:
    with_, without = ({"origin": f"{scheme}://127.0.0.1:8642"} for scheme in ("https", "http"))
    assert [ask({**SAME, **one}, method="POST", https=True)[0] for one in (with_, without)] == [200, 403]
    assert [ask({**SAME, **one}, method="POST")[0] for one in (with_, without)] == [200, 200]


def test_a_body_that_is_too_large_is_refused_whether_its_length_is_named_or_not() -> None:
    assert ask({**SAME, "content-length": str(MAX_BODY_BYTES + 1)}, method="POST")[0] == 413
    assert ask({**SAME, "content-length": "-1"}, method="POST")[0] == 413
    assert ask(SAME, method="POST", pieces=(b"x" * MAX_BODY_BYTES,))[2] == str(MAX_BODY_BYTES).encode()
    assert ask(SAME, method="POST", pieces=(b"x" * MAX_BODY_BYTES, b"x"))[0] == 413


@pytest.mark.parametrize(("path", "known", "status"), [("/api/login", True, 413), ("/api/replay", False, 401)])
def test_a_large_body_is_read_neither_of_a_stranger_nor_as_a_log_in(path: str, known: bool, status: int) -> None:
    chunked = {**SAME, "transfer-encoding": "chunked"}
    for headers in ({**SAME, "content-length": str(MAX_STRANGER_BYTES + 1)}, chunked):
        pieces = (b"x" * MAX_STRANGER_BYTES, b"x")
        assert ask(headers, method="POST", path=path, known=known, pieces=pieces)[0] == status
    fits = (b"x" * MAX_STRANGER_BYTES,)
    assert ask(chunked, method="POST", path=path, known=known, pieces=fits)[0] == 200


def test_a_websocket_is_refused() -> None:
    assert ask({**SAME, "connection": "Upgrade", "upgrade": "WebSocket"}, path="/")[0] == 400
    assert ask({**SAME, "connection": "Upgrade", "upgrade": "h2c"}, path="/")[0] == 200


def test_every_answer_has_the_headers_that_keep_a_browser_from_harm() -> None:
    for answer in (ask(SAME), ask({"host": "evil.example"})):
        headers = answer[1]
        policy = headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in ask(SAME)[1]
    assert ask(SAME, https=True)[1]["strict-transport-security"] == "max-age=31536000"


def test_answers_of_the_api_are_never_cached_and_pages_are_asked_for_again() -> None:
    assert ask(SAME, path="/api/overview")[1]["cache-control"] == "no-store"
    assert ask(SAME, path="/style.css")[1]["cache-control"] == "no-cache"


def test_a_head_request_is_answered_as_a_get_but_for_the_stream_which_has_no_end() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"of", scope["method"].encode())]})
        await send({"type": "http.response.body", "body": b""})

    assert ask(SAME, method="HEAD", path="/healthz", app=app)[1]["of"] == "GET"
    assert ask(SAME, method="HEAD", path="/api/stream", app=app)[1]["of"] == "HEAD"


def test_a_request_that_is_cut_off_is_answered_with_a_sentence() -> None:
    async def cut_off(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise asyncio.CancelledError

    status, _, body = ask(SAME, app=cut_off)
    assert (status, json.loads(body)["error"][:17]) == (503, "The console ends.")
