"""PullPoint against a server that keeps subscriptions as devices do: they end, are forgotten, and have odd rules."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from securos_trigger.inputs.clients import pullpoint
from securos_trigger.inputs.clients.onvif_device import Profile, list_profiles
from securos_trigger.inputs.clients.pullpoint import PullPointClient
from securos_trigger.inputs.clients.soap import instant_text
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.reader import InputReader
from tests.unit.inputs.clients.devices import PASSWORD, USER, connection, read_until_lost, serving, state

_HEAD = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing" '
    'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tns1="http://www.onvif.org/ver10/topics" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"><s:Body>'
)
_FAULT = "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>%s</s:Text></s:Reason></s:Fault>"
_EVENT = (
    "<wsnt:NotificationMessage><wsnt:Topic>tns1:VideoSource/MotionAlarm</wsnt:Topic><wsnt:Message>"
    '<tt:Message UtcTime="%s" PropertyOperation="%s"><tt:Source><tt:SimpleItem Name="Source" Value="1"/></tt:Source>'
    '<tt:Data><tt:SimpleItem Name="State" Value="%s"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>'
)


@dataclass
class Device:
    """An ONVIF device. `script` is what the pulls answer, one after the other; then it is silent."""

    script: list[str]
    ahead_s: float = 0.0
    grants_s: float = 60.0
    is_relative_refused: bool = False
    seen: list[str] = field(default_factory=list)
    subscriptions: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        body = text.partition("<s:Body>")[2]
        name = re.match(r"<\w+:(\w+)", body)
        assert name is not None
        if name[1] != "GetSystemDateAndTime" and not self._is_login_right(text):
            return self._answer(_FAULT % "Sender not authorized", 400)
        self.seen.append(name[1])
        handler = getattr(self, f"on_{name[1]}")
        found = await handler(body, text, request)
        return self._answer(found, 400 if "s:Fault" in found else 200)

    def _answer(self, body: str, status: int) -> web.Response:
        return web.Response(
            text=f"{_HEAD}{body}</s:Body></s:Envelope>", status=status, content_type="application/soap+xml"
        )

    def _is_login_right(self, text: str) -> bool:
        given = {one: re.search(rf"<ws\w+:{one}[^>]*>([^<]*)<", text) for one in ("Password", "Nonce", "Created")}
        nonce, created, digest = (found[1] if (found := given[one]) else "" for one in ("Nonce", "Created", "Password"))
        right = hashlib.sha1(base64.b64decode(nonce) + created.encode() + PASSWORD.encode(), usedforsecurity=False)
        at = time.mktime(time.strptime(created, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone if created else 0.0
        is_near = abs(at - time.time() - self.ahead_s) < 10
        return is_near and base64.b64encode(right.digest()).decode() == digest and f">{USER}<" in text

    async def on_GetSystemDateAndTime(self, body: str, text: str, request: web.Request) -> str:  # noqa: N802
        now = time.gmtime(time.time() + self.ahead_s)
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time>"
            f"<tt:Hour>{now.tm_hour}</tt:Hour><tt:Minute>{now.tm_min}</tt:Minute><tt:Second>{now.tm_sec}</tt:Second>"
            f"</tt:Time><tt:Date><tt:Year>{now.tm_year}</tt:Year><tt:Month>{now.tm_mon}</tt:Month>"
            f"<tt:Day>{now.tm_mday}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime>"
            "</tds:GetSystemDateAndTimeResponse>"
        )

    async def on_GetCapabilities(self, body: str, text: str, request: web.Request) -> str:  # noqa: N802
        name = "Events" if "Events" in body else "Media"
        return (
            f"<tds:GetCapabilitiesResponse><tds:Capabilities><tt:{name}>"
            f"<tt:XAddr>http://10.9.9.9/onvif/{name}</tt:XAddr></tt:{name}></tds:Capabilities>"
            "</tds:GetCapabilitiesResponse>"
        )

    async def on_GetProfiles(self, body: str, text: str, request: web.Request) -> str:  # noqa: N802
        return (
            '<trt:GetProfilesResponse><trt:Profiles token="p1"><tt:Name>Gate</tt:Name><tt:VideoSourceConfiguration>'
            "<tt:SourceToken>src1</tt:SourceToken></tt:VideoSourceConfiguration></trt:Profiles>"
            '<trt:Profiles token="p2"/></trt:GetProfilesResponse>'
        )

    async def on_CreatePullPointSubscription(self, body: str, text: str, request: web.Request) -> str:  # noqa: N802
        if self.is_relative_refused and "PT" in body:
            return _FAULT % "UnacceptableInitialTerminationTime"
        self.subscriptions += 1
        return (
            "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
            "<wsa:Address>http://10.9.9.9/onvif/sub?x=1</wsa:Address><wsa:ReferenceParameters>"
            f'<n:Id xmlns:n="urn:n">{self.subscriptions}</n:Id></wsa:ReferenceParameters></tev:SubscriptionReference>'
            f"{self._times('wsnt')}</tev:CreatePullPointSubscriptionResponse>"
        )

    async def on_PullMessages(self, body: str, text: str, request: web.Request) -> str:  # noqa: N802
        assert request.path_qs == "/onvif/sub?x=1"
        if not re.search(rf"<\w+:Id [^>]*>{self.subscriptions}</\w+:Id>", text):
            return _FAULT % "unknown subscription"
        if not self.script:
            await asyncio.sleep(20)
        found = self.script.pop(0)
        if "Fault" in found:
            return found
        return f"<tev:PullMessagesResponse>{self._times('tev')}{found}</tev:PullMessagesResponse>"

    async def on_Renew(self, body: str, text: str, request: web.Request) -> str:  # noqa: N802
        return f"<wsnt:RenewResponse>{self._times('wsnt')}</wsnt:RenewResponse>"

    async def on_Unsubscribe(self, body: str, text: str, request: web.Request) -> str:  # noqa: N802
        return "<wsnt:UnsubscribeResponse/>"

    def _times(self, prefix: str) -> str:
        now_at = time.time() + self.ahead_s
        return (
            f"<{prefix}:CurrentTime>{instant_text(now_at)}</{prefix}:CurrentTime>"
            f"<{prefix}:TerminationTime>{instant_text(now_at + self.grants_s)}</{prefix}:TerminationTime>"
        )

    def event(self, operation: str, value: str) -> str:
        return _EVENT % (instant_text(time.time() + self.ahead_s), operation, value)


async def read(device: Device, limit: int, **more: Any) -> tuple[list[str], str]:
    """The verdicts of the first answers, and why the client ended."""
    async with serving(device.handle) as url:
        messages, reason = await read_until_lost(PullPointClient(connection(url, **more), state()), limit)
    kind = load_kind("onvif-pullpoint")
    reader = InputReader(kind, kind.settings.model_validate({"cameras": {"onvif-pullpoint": "1"}}))
    happenings = [one for message in messages for one in reader.take(message)]
    for one in happenings:
        assert one.reading.at is None or abs(one.reading.at - time.time()) < 30
    return [one.verdict.value for one in happenings], reason


@pytest.mark.parametrize("ahead_s", [0.0, -86_400.0 * 400])
def test_events_are_pulled_whatever_the_clock_of_the_device_says(ahead_s: float) -> None:
    device = Device([], ahead_s=ahead_s)
    device.script = [device.event("Initialized", "false"), "", device.event("Changed", "true")]
    assert asyncio.run(read(device, 3)) == (["state", "ignored", "new"], "")
    assert device.seen[:4] == ["GetSystemDateAndTime", "GetCapabilities", "CreatePullPointSubscription", "PullMessages"]
    assert device.seen[-1] == "Unsubscribe"


def test_a_subscription_that_the_device_has_forgotten_is_made_anew_and_an_end_in_between_is_seen() -> None:
    device = Device([])
    device.script = [
        device.event("Changed", "true"),
        _FAULT % "unknown subscription",
        device.event("Initialized", "false"),
    ]
    assert asyncio.run(read(device, 2)) == (["new", "end"], "")
    assert device.subscriptions == 2


def test_a_device_that_forgets_each_subscription_is_lost() -> None:
    device = Device([_FAULT % "no resources"] * 9)
    verdicts, reason = asyncio.run(read(device, 9))
    assert verdicts == []
    assert "no resources" in reason
    assert device.subscriptions == 3


def test_a_device_that_wants_an_absolute_time_gets_one() -> None:
    device = Device([""], is_relative_refused=True)
    assert asyncio.run(read(device, 1)) == (["ignored"], "")
    assert device.seen.count("CreatePullPointSubscription") == 2


def test_a_subscription_is_renewed_before_half_of_what_was_granted_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pullpoint, "SUBSCRIPTION_S", 0.02)
    device = Device([""] * 40, grants_s=2.0)
    asyncio.run(read(device, 40))
    assert device.seen.count("Renew") >= 1
    assert device.subscriptions == 1


def test_a_wrong_password_is_refused_with_the_words_of_the_device() -> None:
    verdicts, reason = asyncio.run(read(Device([""]), 1, password="wrong"))
    assert (verdicts, "Sender not authorized" in reason) == ([], True)


def test_a_silent_device_is_lost() -> None:
    verdicts, reason = asyncio.run(read(Device([]), 1, silent_after_s=2))
    assert (verdicts, reason) == ([], "the device does not answer in time")


def test_another_server_is_no_onvif_device() -> None:
    async def run() -> tuple[Any, str]:
        async def page(request: web.Request) -> web.StreamResponse:
            return web.Response(text="<html><body>login</body></html>", content_type="text/html")

        async with serving(page) as url:
            return await read_until_lost(PullPointClient(connection(url), state()))

    messages, reason = asyncio.run(run())
    assert messages == []
    assert reason.startswith("an HTML page came instead of a message")


def test_profiles_are_the_cameras_of_a_device() -> None:
    async def run() -> list[Profile]:
        async with serving(Device([]).handle) as url:
            return await list_profiles(connection(url))

    assert asyncio.run(run()) == [Profile("Gate", "p1", "src1"), Profile("p2", "p2", "")]
