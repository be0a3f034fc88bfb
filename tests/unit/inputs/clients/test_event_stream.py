"""The event streams of Hikvision and Dahua, against servers that behave well and badly."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from securos_trigger.inputs.clients.event_stream import EventStreamClient
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.reader import InputReader
from tests.unit.inputs.clients.devices import Handler, connection, read_until_lost, serving, state, with_digest

ALERT = (
    b"--b\r\nContent-Type: application/xml\r\n\r\n<EventNotificationAlert><channelID>1</channelID>"
    b"<dateTime>2026-05-04T09:12:31Z</dateTime><eventType>fielddetection</eventType>"
    b"<eventState>%s</eventState></EventNotificationAlert>\r\n"
)
STREAM = ALERT % b"active" + ALERT % b"active" + ALERT % b"inactive"


def streaming(*pieces: bytes, pause_s: float = 0.0, then_s: float = 0.0) -> Handler:
    """Send the pieces, stay silent for `then_s`, and close the connection."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "multipart/mixed; boundary=other"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(pause_s)
        await asyncio.sleep(then_s)
        assert request.transport is not None
        request.transport.close()
        return response

    return handler


async def verdicts(handler: Handler, kind: str = "hikvision", **more: Any) -> tuple[list[str], str]:
    async with serving(handler) as url:
        messages, reason = await read_until_lost(EventStreamClient(kind, connection(url, **more), state()))
    loaded = load_kind(kind)
    reader = InputReader(loaded, loaded.settings.model_validate({"cameras": {kind: "1"}}))
    found = [one.verdict.value for message in messages for one in reader.take(message)]
    assert [one.is_last_part for one in messages] == [False] * (len(messages) - 1) + [True] * bool(messages)
    return found, reason


def test_alerts_come_after_a_login_by_digest_until_the_connection_is_cut() -> None:
    found, reason = asyncio.run(verdicts(with_digest(streaming(STREAM))))
    assert found == ["new", "duplicate", "end"]
    assert "connection" in reason


def test_alerts_that_drip_are_read_and_one_that_is_cut_is_malformed() -> None:
    drip = [STREAM[at : at + 9] for at in range(0, len(STREAM) - 40, 9)]
    found, _ = asyncio.run(verdicts(streaming(*drip, pause_s=0.001)))
    assert found == ["new", "duplicate", "malformed"]


def test_dahua_is_attached_with_a_heartbeat() -> None:
    seen: list[str] = []
    event = b"--myboundary\r\nContent-Type: text/plain\r\n\r\nCode=CrossLineDetection;action=Start;index=0\r\n\r\n"

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.path_qs)
        return await streaming(event, b"--myboundary\r\n\r\nHeartbeat\r\n")(request)

    found, _ = asyncio.run(verdicts(handler, "dahua"))
    assert found == ["new", "state"]
    assert seen == ["/cgi-bin/eventManager.cgi?action=attach&codes=[All]&heartbeat=5"]


def test_a_device_that_falls_silent_is_lost() -> None:
    found, reason = asyncio.run(verdicts(streaming(ALERT % b"active", then_s=20), silent_after_s=2))
    assert (found, reason) == (["new"], "silent for 2 s")


def answering(status: int, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return handler


@pytest.mark.parametrize(
    ("handler", "more", "reason"),
    [
        (with_digest(answering(200)), {"password": "wrong"}, "the login is refused: the user or the password is wrong"),
        (
            with_digest(answering(200)),
            {"user": "", "password": None},
            "the device wants a login: set user and password",
        ),
        (
            answering(401, WWW_Authenticate='Basic realm="x"'),
            {},
            'the device wants basic login: set login = "basic" (https only: it sends the password unencrypted)',
        ),
        (answering(403), {}, "the login has no right to read events, or is locked after wrong ones"),
        (
            answering(404),
            {},
            "there is no /ISAPI/Event/notification/alertStream: it is another kind of device, or its firmware is old",
        ),
        (
            answering(302, Location="https://other/"),
            {},
            "the device redirects to another address: write https instead of http, or that address",
        ),
        (answering(503), {}, "the device answers 503"),
    ],
)
def test_a_refusal_has_a_sentence_and_brings_nothing(handler: Handler, more: dict[str, Any], reason: str) -> None:
    assert asyncio.run(verdicts(handler, **more)) == ([], reason)


def test_basic_is_shown_only_where_the_settings_say_so() -> None:
    shown: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        shown.append(request.headers.get("Authorization", ""))
        return await streaming(STREAM)(request)

    asyncio.run(verdicts(handler))
    asyncio.run(verdicts(handler, login="basic"))
    assert shown[0] == ""
    assert shown[1].startswith("Basic ")


def test_a_port_without_a_server_is_named() -> None:
    async def run() -> tuple[Any, str]:
        async with serving(answering(200)) as url:
            pass
        return await read_until_lost(EventStreamClient("hikvision", connection(url), state()))

    assert asyncio.run(run()) == ([], "no connection: Connection refused")
