"""The receiver of a new configuration: its certificate, its token, its cameras."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from securos_trigger.delivery import (
    Connection,
    Webhook,
    certificate_of,
    fingerprint_of,
    no_plain_http,
    plain,
    unverified_context,
)
from securos_trigger.errors import ArgumentError
from securos_trigger.model import Retry, RetryKind, Target
from securos_trigger.notices import Announcer
from securos_trigger.system.reasons import reason_of
from securos_trigger.validation.connection import normal_fingerprint, normal_host

TIMEOUT_S = 10.0
_LOOKS_LIKE = "It looks like https://securos-server:3443."


@dataclass(frozen=True, slots=True)
class Receiver:
    """How SecurOS is reached. `certificate_sha256` None: plain HTTP, or a CA of the system has signed it."""

    target: Target
    token: str = field(repr=False)
    certificate_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """The SHA-256 fingerprint of a certificate. `is_signed`: by a CA of the system, so that it needs no pin."""

    sha256: str
    is_signed: bool


@dataclass(frozen=True, slots=True)
class SecurosCamera:
    """A camera in SecurOS."""

    id: str
    name: str


def target_of(url: str) -> Target:
    """The receiver at an address. ArgumentError: it is none."""
    try:
        parts = urlsplit(url.strip())
        host, port = normal_host(parts.hostname or ""), parts.port
    except ValueError:  # that of `normal_host`, too
        raise ArgumentError("receiver", f"this is not the address of a receiver. {_LOOKS_LIKE}") from None
    if parts.scheme not in ("http", "https") or any(sign in url for sign in "@?#"):
        raise ArgumentError("receiver", f"this is not the address of a receiver. {_LOOKS_LIKE}")
    return Target(parts.scheme, host, port or (3443 if parts.scheme == "https" else 3000), parts.path.rstrip("/"))


def target_at(host: str, port: str) -> Target:
    """The receiver with HTTPS at a host and a port (empty: 3443). ArgumentError: `host` or `port` is none."""
    try:
        name = normal_host(host)
    except PydanticCustomError as error:
        fix = str((error.context or {}).get("fix", ""))
        raise ArgumentError("host", f"{error.message()}. {fix}".rstrip()) from None
    number = port.strip() or "3443"
    if not re.fullmatch(r"[0-9]{1,5}", number) or not 0 < int(number) < 65536:
        raise ArgumentError("port", "A port is a whole number from 1 to 65535; that of a receiver is usually 3443.")
    return Target("https", name, int(number), "")


def shown_certificate(target: Target) -> ShownCertificate | None:
    """The certificate that the receiver shows in a bare handshake; None with plain HTTP.

    ArgumentError: it shows none, or cannot be reached; with plain HTTP, that its port speaks HTTPS only.
    """
    if target.scheme == "http":
        if asyncio.run(no_plain_http(target, TIMEOUT_S)) is not None:
            what = f"{target.host}:{target.port} speaks HTTPS: write {replace(target, scheme='https')}"
            raise ArgumentError("receiver", what)
        return None
    try:
        shown = fingerprint_of(asyncio.run(certificate_of(target, unverified_context, TIMEOUT_S)))
    except OSError as error:
        why = reason_of(error).lower() or "it does not answer in time"
        raise ArgumentError("receiver", f"{target} cannot be reached: {why}") from None
    try:
        signed = fingerprint_of(asyncio.run(certificate_of(target, ssl.create_default_context, TIMEOUT_S)))
    except OSError:
        return ShownCertificate(shown, is_signed=False)
    return ShownCertificate(shown, is_signed=signed == shown)


def is_same_fingerprint(expected: str, shown: str) -> bool:
    """Whether a fingerprint, in any of its forms, is this one. ArgumentError: it is none."""
    try:
        return normal_fingerprint(expected) == shown
    except PydanticCustomError as error:
        raise ArgumentError("fingerprint", error.message()) from None


def list_cameras(receiver: Receiver) -> tuple[SecurosCamera, ...]:
    """The cameras of SecurOS; none when this receiver does not list them. ArgumentError: no answer, or no login."""
    return asyncio.run(_cameras(receiver))


async def _cameras(receiver: Receiver) -> tuple[SecurosCamera, ...]:
    connection = Connection(receiver.target, receiver.token, receiver.certificate_sha256)
    webhook = Webhook(connection, announcer=Announcer(), max_connections=1)
    try:
        reply = await webhook.exchange("GET", "/cameras")
    finally:
        await webhook.close()
    if isinstance(reply, Retry):
        of_certificate = reply.kind is RetryKind.UNTRUSTED
        raise ArgumentError(
            "fingerprint" if of_certificate else "receiver", f"{receiver.target} cannot be reached: {reply.message}"
        )
    if reply.status in (401, 403):
        raise ArgumentError("token-file", "the receiver does not accept the token (TOKEN of its script)")
    if reply.status == 429:
        raise ArgumentError("receiver", "too many wrong tokens came from this machine: wait a minute")
    return tuple(_camera(one) for one in _listed(reply.content) if isinstance(one, dict)) if reply.status == 200 else ()


def _listed(content: bytes) -> list[Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _camera(listed: dict[str, Any]) -> SecurosCamera:
    return SecurosCamera(plain(listed.get("id")), plain(listed.get("name")))
