"""SOAP 1.2 over HTTP as ONVIF devices speak it: envelopes with a UsernameToken, bounded answers, faults as values."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import escape

import aiohttp

from securos_trigger.errors import FeedLostError, MessageError
from securos_trigger.inputs.clients.session import failures_in_words, refusal
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.message import MAX_BODY_BYTES
from securos_trigger.inputs.xml_trees import Tree, child, read_xml

_WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_NAMESPACES: Final = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" '
    'xmlns:tt="http://www.onvif.org/ver10/schema"'
)


class SoapFaultError(Exception):
    """The device has answered with a fault: what was asked for is not there, or it cannot do it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no fault: its bytes, and the content of its Body."""

    body: bytes
    tree: Tree


class SoapClient:
    """Asks one device. `ahead_s`: how far its clock is ahead of ours, which logins with a time need."""

    def __init__(self, session: aiohttp.ClientSession, connection: DeviceConnection) -> None:
        self.ahead_s = 0.0
        self._session = session
        self._connection = connection

    async def ask(
        self, url: str, action: str, body: str, *, timeout_s: float, headers: Sequence[str] = (), has_login: bool = True
    ) -> Answer:
        """Post one request to `url`, which is moved to the device where it names another host.

        SoapFaultError: the device refuses it. FeedLostError: there is no answer that can be used.
        """
        url = self.at_device(url)
        data = self._envelope(url, action, body, headers, has_login=has_login)
        media_type = f'application/soap+xml; charset=utf-8; action="{action}"'
        with failures_in_words(self._connection):
            async with asyncio.timeout(timeout_s):
                async with self._session.post(
                    url, data=data, headers={"Content-Type": media_type}, allow_redirects=False
                ) as response:
                    content = await _bounded(response)
        return self._answer(response, content)

    def at_device(self, url: str) -> str:
        """The address with the host of the device: behind NAT it names an inner one, and no login goes elsewhere."""
        asked, own = urlsplit(url), urlsplit(self._connection.url)
        is_own = asked.scheme == own.scheme and asked.hostname == own.hostname
        where = asked if is_own else own
        query = f"?{asked.query}" if asked.query else ""
        return f"{where.scheme}://{where.netloc}{asked.path or '/'}{query}"

    def _answer(self, response: aiohttp.ClientResponse, content: bytes) -> Answer:
        try:
            name, tree = read_xml(content)
        except MessageError as error:
            if response.status in (400, 500) and "SOAP fault" in str(error):
                raise SoapFaultError(str(error)) from None
            if (refused := refusal(response, self._connection)) is not None:
                raise refused from None
            if "SOAP fault" in str(error):
                raise SoapFaultError(str(error)) from None
            raise FeedLostError(str(error)) from None
        if (refused := refusal(response, self._connection)) is not None:
            raise refused
        if name != "Envelope":
            raise FeedLostError("the answer is not SOAP: is this the address of an ONVIF device?")
        return Answer(content, child(tree, "Body"))

    def _envelope(self, url: str, action: str, body: str, headers: Sequence[str], *, has_login: bool) -> bytes:
        login = self._login() if has_login and self._connection.user else ""
        head = (
            f"<wsa:Action>{escape(action)}</wsa:Action><wsa:MessageID>urn:uuid:{uuid.uuid4()}</wsa:MessageID>"
            f"<wsa:To>{escape(url)}</wsa:To>{''.join(headers)}{login}"
        )
        return (
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {_NAMESPACES}>'
            f"<s:Header>{head}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        ).encode()

    def _login(self) -> str:
        """The UsernameToken: the hash of a random value, the device's time and the password."""
        connection = self._connection
        password = connection.password.get_secret_value() if connection.password is not None else ""
        nonce, created = os.urandom(20), instant_text(time.time() + self.ahead_s)
        digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
        return (
            f'<wsse:Security xmlns:wsse="{_WSSE}" xmlns:wsu="{_WSU}" s:mustUnderstand="1"><wsse:UsernameToken>'
            f'<wsse:Username>{escape(connection.user)}</wsse:Username><wsse:Password Type="{_DIGEST}">'
            f"{base64.b64encode(digest).decode()}</wsse:Password><wsse:Nonce>{base64.b64encode(nonce).decode()}"
            f"</wsse:Nonce><wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"
        )


def instant_text(at: float) -> str:
    """A Unix time as XML has it: 2026-05-04T09:12:31Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_header(element: Element) -> str:
    """A reference parameter as a header of the requests that it belongs to."""
    element.set("{http://www.w3.org/2005/08/addressing}IsReferenceParameter", "true")
    return tostring(element, encoding="unicode")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body. FeedLostError: it is too large."""
    content = bytearray()
    async for piece in response.content.iter_chunked(65_536):
        content += piece
        if len(content) > MAX_BODY_BYTES:
            raise FeedLostError(f"the answer has more than {MAX_BODY_BYTES:,} bytes")
    return bytes(content)
