"""The HTTPS client of one target. Every fault of the network or the receiver becomes an `Outcome`."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar

import aiohttp
from yarl import URL

from securos_trigger.delivery.certificate_trust import CertificateMemory, Trust, Untrusted, Verification, shortened
from securos_trigger.delivery.handshake import TimeLeft
from securos_trigger.delivery.transport import Reach
from securos_trigger.delivery.webhook.answer import object_in, outcome_of, plain, reach_of, retry_after_s
from securos_trigger.delivery.webhook.body import body_for, encoded, headers_with
from securos_trigger.delivery.webhook.receiver_clock import ReceiverClock
from securos_trigger.delivery.webhook.schemes import accepts_connections, no_plain_http, wrong_scheme
from securos_trigger.delivery.webhook.sessions import Sessions, read_at_most
from securos_trigger.model import Delivered, Delivery, Outcome, Partial, Retry, RetryKind, Target
from securos_trigger.notices import Announcer
from securos_trigger.system.reasons import no_connection, reason_of, sends_nothing
from securos_trigger.validation.connection import normal_host, normal_token
from securos_trigger.validation.mistakes import mistakes_at

_MAX_ANSWER_BYTES: Final = 256 * 1024

_T = TypeVar("_T")


class _NoHandshakeError(Exception):
    """The first handshake with a target took longer than a connection may."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a target is reached. `token` is the secret of the receiver.

    To connect may take `connect_timeout_s` seconds, and so may all that finds out why an attempt failed. The whole
    attempt, with both, takes no longer than `total_timeout_s`.

    `certificate_sha256` pins one certificate; else `ca_file` names the CAs whose signature counts; else see `Trust`.
    """

    target: Target
    token: str = field(repr=False)
    certificate_sha256: str | None = None
    ca_file: Path | None = None
    connect_timeout_s: float = 5.0
    total_timeout_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `retry_after_s` is the receiver's wish, in seconds."""

    status: int
    content: bytes
    retry_after_s: float | None


class Webhook:
    """Posts deliveries to one target over a few connections that are kept open. One event loop uses it.

    `receiver_clock` follows the receiver's clock; without it one of its own does, which ends with this.

    Raises `ConfigurationError` when the connection cannot be used at all: a malformed host, token or fingerprint.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        announcer: Announcer,
        trust_store: CertificateMemory | None = None,
        max_connections: int = 16,
        clock: Callable[[], float] = time.time,
        receiver_clock: ReceiverClock | None = None,
    ) -> None:
        self.connection = connection
        self.target = str(connection.target)
        self._target = target = connection.target
        self._clock = clock
        self._receiver_clock = receiver_clock or ReceiverClock(self.target, announcer, clock)
        self._url = _url_of(target)
        self._events_url = self._url_of("/lumeoevent")
        self._token = _token_of(connection)
        self._headers = headers_with(self._token)
        self._sessions = Sessions(
            max_connections=max_connections,
            connect_timeout_s=connection.connect_timeout_s,
            total_timeout_s=connection.total_timeout_s,
        )
        self._gives_ids_back = False  # the receiver, in its last answer
        self._trust = Trust(
            target,
            certificate_sha256=connection.certificate_sha256,
            ca_file=connection.ca_file,
            store=trust_store,
            announcer=announcer,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._sessions.close()

    async def attempt(self, delivery: Delivery, *, late: bool) -> Outcome:
        """Send a delivery once. Never raises for a fault of the network or the receiver."""
        left = TimeLeft(self.connection.total_timeout_s)
        reply = await self._guarded(
            left,
            self._exchange(
                left, "POST", self._events_url, lambda: body_for(delivery, sent_at_s=self._clock(), late=late)
            ),
        )
        if isinstance(reply, Retry):
            return reply
        outcome = outcome_of(
            reply.status, reply.content, delivery, retry_after_s=reply.retry_after_s, token=self._token
        )
        if isinstance(outcome, Delivered | Partial):
            gave_ids_back, self._gives_ids_back = self._gives_ids_back, outcome.knows_event_ids
            if gave_ids_back and not self._gives_ids_back:
                outcome = Retry(
                    RetryKind.BAD_ANSWER,
                    "The answer has no event_id, and earlier answers had one. Is there a proxy in "
                    "between, or an older script in SecurOS?",
                )
        if isinstance(outcome, Retry) and outcome.kind in (RetryKind.BAD_ANSWER, RetryKind.REFUSED_ANOTHER):
            await self._sessions.renew()
            return await self._diagnosed(outcome, left)
        return outcome

    async def health(self) -> dict[str, object] | None:
        """Ask the receiver for its health (`GET /health`): what it says when it is ready for deliveries, else None."""
        reply = await self.exchange("GET", "/health")
        if isinstance(reply, Retry) or reply.status != 200:
            return None
        status = object_in(reply.content)
        return status if status.get("ok") is True and status.get("coreReady") is not False else None

    async def exchange(
        self, method: str, path: str, body: Callable[[], dict[str, object]] | None = None
    ) -> Reply | Retry:
        """Send one request; gives its answer, or why there is none. Never raises for a fault outside of this process.

        `body` gives the JSON to send; it is called when the certificate has been accepted.
        """
        left = TimeLeft(self.connection.total_timeout_s)
        return await self._guarded(left, self._exchange(left, method, self._url_of(path), body))

    async def check(self, *, asks_health: bool) -> Reach | Retry:
        """Connect and check the certificate as an attempt does, and remember none. See `Transport`."""
        left = TimeLeft(self.connection.total_timeout_s)
        accepted = await self._guarded(left, self._accepted())
        if accepted is None:
            return Reach.CONNECTED
        if isinstance(accepted, Retry):
            return accepted
        if asks_health:
            reply = await self._guarded(left, self._exchange(left, "GET", self._url_of("/health"), None))
            return reply if isinstance(reply, Retry) else reach_of(reply.status, reply.content)
        failure = await self._guarded(left, self._sessions.connect(self._url, accepted, left.at_most()))
        if failure is None and self._target.scheme == "http":  # a connection alone does not say which it speaks
            failure = await no_plain_http(self._target, left.at_most(self.connection.connect_timeout_s))
        return failure or Reach.CONNECTED

    async def _accepted(self) -> Verification | Literal[True] | Retry | None:
        """Give what a connection is to be verified with; None: the handshake of a target that is not known yet."""
        if self._target.scheme != "https":
            return True
        try:
            accepted = await self._trust.inspect(self.connection.connect_timeout_s)
        except TimeoutError as error:
            raise _NoHandshakeError from error
        return Retry(RetryKind.UNTRUSTED, accepted.message) if isinstance(accepted, Untrusted) else accepted

    async def _guarded(self, left: TimeLeft, work: Awaitable[_T]) -> _T | Retry:
        try:
            return await work
        except aiohttp.ServerFingerprintMismatch as error:
            got, expected = shortened(error.got.hex()), shortened(error.expected.hex())
            return self._untrusted(f"its SHA-256 is {got}, and not {expected}")
        except aiohttp.ClientConnectorCertificateError as error:
            return self._untrusted(_verification(error.certificate_error))
        except (aiohttp.ConnectionTimeoutError, _NoHandshakeError):
            return self._unreachable(await self._why_no_connection(left))
        except (socket.gaierror, aiohttp.ClientConnectorDNSError):
            return self._unreachable(self._unknown_name())
        except aiohttp.ClientOSError as error:
            return await self._diagnosed(self._unreachable(_lower_reason(error)), left)
        except aiohttp.ServerDisconnectedError:
            return await self._diagnosed(self._unreachable("it closed the connection without an answer"), left)
        except TimeoutError:
            within_s = self.connection.total_timeout_s
            return Retry(RetryKind.TIMED_OUT, f"it takes the request, and does not answer within {within_s:g} s.")
        except OSError as error:
            return await self._diagnosed(self._unreachable(_lower_reason(error)), left)
        except (aiohttp.ClientError, ValueError) as error:
            message = f"The answer of {self._target} cannot be understood: {self._plain(error)}"
            return await self._diagnosed(Retry(RetryKind.BAD_ANSWER, message), left)

    async def _exchange(
        self, left: TimeLeft, method: str, url: URL, body: Callable[[], dict[str, object]] | None
    ) -> Reply | Retry:
        verification: ssl.SSLContext | aiohttp.Fingerprint | bool = True
        if self._target.scheme == "https":
            try:
                verified = await self._trust.verify(self.connection.connect_timeout_s)
            except TimeoutError as error:
                raise _NoHandshakeError from error
            if isinstance(verified, Untrusted):
                return Retry(RetryKind.UNTRUSTED, verified.message)
            verification = verified
        data = None if body is None else encoded(body())
        sent_at_s = self._receiver_clock.begin()
        async with self._sessions.open().request(
            method,
            url,
            data=data,
            headers=self._headers,
            ssl=verification,
            allow_redirects=False,
            timeout=self._sessions.timeout(left.at_most()),
        ) as response:
            self._receiver_clock.note(response.headers, sent_at_s)
            content = await read_at_most(response, _MAX_ANSWER_BYTES)
            if content is None:
                message = f"The answer of {self._target} is larger than {_MAX_ANSWER_BYTES // 1024} kB."
                return Retry(RetryKind.BAD_ANSWER, message)
            wish_s = retry_after_s(response.headers.get("Retry-After"), self._clock())
        return Reply(response.status, content, wish_s)

    def _url_of(self, path: str) -> URL:
        return self._url.with_path(self._target.path + path, encoded=True)

    # -- failures, in words

    def _unreachable(self, why: str) -> Retry:
        return Retry(RetryKind.UNREACHABLE, f"{self._target} takes no events: {self._plain(why)}.")

    def _untrusted(self, why: str) -> Retry:
        self._trust.doubt()
        message = f"The certificate of {self._target} is not trusted: {self._plain(why)}. Nothing is sent."
        return Retry(RetryKind.UNTRUSTED, message)

    async def _why_no_connection(self, left: TimeLeft) -> str:
        """Resolve the name once more: a silent name server uses the time up just as a firewall does."""
        within_s, target = self.connection.connect_timeout_s, self._target
        left = TimeLeft(left.at_most(within_s))
        try:
            async with asyncio.timeout(left.at_most()):
                await asyncio.get_running_loop().getaddrinfo(target.host, target.port)
        except (OSError, UnicodeError):
            return self._unknown_name()
        if await accepts_connections(target, left.at_most()):
            return sends_nothing(within_s)
        return no_connection(within_s)

    def _unknown_name(self) -> str:
        return f"the name {self._target.host} cannot be resolved; check iss_ip and the name server of this machine"

    async def _diagnosed(self, failure: Retry, left: TimeLeft) -> Retry:
        """Give the failure, or a better one when the port speaks the other scheme."""
        return await wrong_scheme(self._target, failure, left.at_most(self.connection.connect_timeout_s)) or failure

    def _plain(self, text: object) -> str:
        return plain(text, self._token).rstrip(".")


def _url_of(target: Target) -> URL:
    with mistakes_at("iss_ip"):
        normal_host(target.host)
    return URL.build(scheme=target.scheme, host=target.host, port=target.port, path="/")


def _token_of(connection: Connection) -> str:
    with mistakes_at("iss_password"):
        return normal_token(connection.token)


def _lower_reason(error: OSError) -> str:
    """What the system says, or OpenSSL: aiohttp gives the numbers of both in one field."""
    reason = reason_of(error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error)
    return reason[:1].lower() + reason[1:] or "it ended the connection"


def _verification(error: Exception) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
