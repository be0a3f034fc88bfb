"""One connection to the cluster. It is never repaired: when it ends, a new one is made, and nothing is half sent."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from urllib.parse import ParseResult

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.js import JetStreamContext

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.system.reasons import reason_of

_T = TypeVar("_T")

CONNECT_WITHIN_S: Final = 4
#: A server that is silent is not waited for: the next one is asked too, after this long.
_NEXT_SERVER_AFTER_S: Final = 0.5
_PING_EVERY_S: Final = 5
_LOOK_EVERY_S: Final = 0.5
_ANSWERED_WITHIN_S: Final = 5
#: Nothing waits longer for a server to take what is sent: nats-py itself would wait for ever.
_SENT_WITHIN_S: Final = 5
#: For how long a refusal explains a request without an answer: a little longer than the longest request waits.
_REFUSAL_COUNTS_S: Final = 6.0

#: What nats-py raises for faults of the network and the cluster.
CLUSTER_FAULTS: Final = (OSError, asyncio.TimeoutError, nats.errors.Error, nats.js.errors.Error)


class ClusterUnavailableError(Exception):
    """The cluster cannot be reached or refuses this client; the text says why, without any secret."""


class ClusterRefusedError(ClusterUnavailableError):
    """The cluster answers, and this login has no right for what was asked."""


class Refusals:
    """What the server has said last about rights: a request without the right for it gets no answer."""

    def __init__(self) -> None:
        self.last = ""
        self.came = asyncio.Event()
        self._at_ticks = float("-inf")

    def note(self, text: str) -> None:
        """Note a refusal."""
        self.last, self._at_ticks = text, time.monotonic()
        self.came.set()

    def has_recent(self) -> bool:
        """True when the last refusal may be the reason for a request without an answer."""
        return time.monotonic() - self._at_ticks <= _REFUSAL_COUNTS_S


class ClusterConnection:
    """A connection to the first server that answers. `lost` is set when it ends. One event loop uses it."""

    def __init__(self, client: Client, server: str, lost: asyncio.Event, refusals: Refusals) -> None:
        self.server = server
        self.lost = lost
        self._refusals = refusals
        self.jetstream: JetStreamContext = client.jetstream(timeout=_ANSWERED_WITHIN_S)
        self._client = client
        self._others: asyncio.Task[None] | None = None
        self._watch = asyncio.create_task(self._note_end())

    def why(self, error: BaseException) -> str:
        """Say in words why a request has failed: a refusal for want of a right is no silence."""
        return f"refused, {self._refusals.last}" if self.is_refusal(error) else fault_text(error)

    def is_refusal(self, error: BaseException) -> bool:
        """True when a request got no answer because the login has no right for it."""
        return isinstance(error, TimeoutError | nats.errors.TimeoutError) and self._refusals.has_recent()

    async def unless_refused(self, request: Coroutine[Any, Any, _T]) -> _T:
        """Wait for the answer to a request. Raises `ClusterRefusedError` at once when the login has no right for it."""
        self._refusals.came.clear()
        asking, refused = asyncio.create_task(request), asyncio.create_task(self._refusals.came.wait())
        try:
            await asyncio.wait([asking, refused], return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            raise ClusterRefusedError(f"The cluster {self.server}: refused, {self._refusals.last}.")
        finally:
            asking.cancel()
            refused.cancel()

    async def _note_end(self) -> None:
        """Look whether the client has ended: it does not say so when the server takes nothing more of what it sends."""
        while not self._client.is_closed:
            await asyncio.sleep(_LOOK_EVERY_S)
        self.lost.set()

    @property
    def version(self) -> tuple[int, int, int] | None:
        """The version of the server, as it says; None: it says none, or one that is not of the form 2.12.1."""
        found = self._client.connected_server_version
        try:
            version = found.major, found.minor, found.patch
        except ValueError:
            return None
        return version if any(version) else None  # nats-py has 0.0.0 for a server that says none

    def new_inbox(self) -> str:
        """Make a subject for answers."""
        return self._client.new_inbox()

    async def subscribe(self, subject: str, on_message: Callable[[Msg], Awaitable[None]]) -> Subscription:
        """Have every message of a subject handed to `on_message`."""
        return await self._client.subscribe(subject, cb=on_message)

    async def ask(self, subject: str) -> bytes:
        """Ask the cluster, and give its answer. Raises one of `CLUSTER_FAULTS`."""
        return (await self._client.request(subject, b"", timeout=_ANSWERED_WITHIN_S)).data

    async def publish(
        self, subject: str, content: bytes, reply_to: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Send a message that nothing confirms."""
        await self._client.publish(subject, content, reply=reply_to, headers=headers)

    def end_others(self, asked: Iterable[asyncio.Task[ClusterConnection]]) -> None:
        """End the attempts that came too late, beside what this connection does: a silent server may take seconds."""
        self._others = asyncio.create_task(_end(asked))

    async def close(self) -> None:
        """Close it. Its socket is closed also when this is cancelled."""
        self.lost.set()
        self._watch.cancel()
        try:
            if self._others is not None:
                await asyncio.wait([self._others], timeout=2)
        finally:
            await _end_client(self._client)


class _Transport(TcpTransport):
    """As that of nats-py, but asyncio's own streams go over to TLS: each end wrote a line to standard error before."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __bool__(self) -> bool:
        """True also before it is connected: else the client makes another one."""
        return True

    async def connect_tls(
        self, uri: str | ParseResult, ssl_context: ssl.SSLContext, buffer_size: int, connect_timeout: int
    ) -> None:
        """Go over to TLS."""
        name = uri if isinstance(uri, str) else uri.hostname
        async with asyncio.timeout(connect_timeout):
            assert self._io_writer is not None
            await self._io_writer.start_tls(ssl_context, server_hostname=name)


async def _end_client(client: Client) -> None:
    """Close the client, and end what it left open, also when this is cancelled."""
    try:
        with contextlib.suppress(*CLUSTER_FAULTS):
            await asyncio.wait_for(client.close(), 2)
    finally:
        _abort(client)


def _abort(client: Client) -> None:
    """End what the client left open: it waits for a server that takes nothing more, or has failed while it closed."""
    writer = getattr(getattr(client, "_transport", None), "_io_writer", None)
    if writer is not None:
        writer.transport.abort()


async def connect(settings: RelaySettings, name: str) -> ClusterConnection:
    """Connect to the first server that answers. Raises `ClusterUnavailableError`.

    They are asked in random order, each a moment after the one before.
    """
    servers, reasons = random.sample(settings.servers, len(settings.servers)), list[str]()
    asked: dict[asyncio.Task[ClusterConnection], str] = {}
    try:
        while servers or asked:
            if servers:
                server = servers.pop()
                asked[asyncio.create_task(_connected(settings, server, name))] = server
            done, _ = await asyncio.wait(
                asked, timeout=_NEXT_SERVER_AFTER_S if servers else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                server = asked.pop(task)
                try:
                    connection = task.result()
                    connection.end_others(tuple(asked))
                    asked.clear()
                    return connection
                except CLUSTER_FAULTS as error:
                    reasons.append(f"{server}: {fault_text(error)}")
    finally:
        await _end(asked)
    raise ClusterUnavailableError(f"The cluster cannot be reached: {'; '.join(sorted(reasons))}.")


async def _end(asked: Iterable[asyncio.Task[ClusterConnection]]) -> None:
    """End the attempts that came too late, and the connections that they have made."""
    for task in asked:
        task.cancel()
    for found in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(found, ClusterConnection):
            await found.close()


@asynccontextmanager
async def connected(settings: RelaySettings, name: str) -> AsyncIterator[ClusterConnection]:
    """Connect for the time of a `with` block. Raises `ClusterUnavailableError`."""
    connection = await connect(settings, name)
    try:
        yield connection
    finally:
        await connection.close()


async def _connected(settings: RelaySettings, server: str, name: str) -> ClusterConnection:
    lost = asyncio.Event()

    async def note_end() -> None:
        lost.set()

    refusals = Refusals()

    async def note_refusal(error: Exception) -> None:
        """Every other error is raised where it matters, or ends the connection."""
        if "permissions violation" in str(error).lower():
            refusals.note(fault_text(error))

    client = Client()
    client._transport = _Transport()
    connecting = client.connect(
        server,
        name=f"securos-trigger {name}",
        allow_reconnect=False,
        connect_timeout=CONNECT_WITHIN_S,
        flush_timeout=_SENT_WITHIN_S,
        ping_interval=_PING_EVERY_S,
        max_outstanding_pings=2,
        disconnected_cb=note_end,
        closed_cb=note_end,
        error_cb=note_refusal,
        **_login(settings),
    )
    try:
        await asyncio.wait_for(connecting, CONNECT_WITHIN_S + 1)
    except BaseException:
        await _end_client(client)  # what is half open would outlive its event loop
        raise
    return ClusterConnection(client, server, lost, refusals)


def _login(settings: RelaySettings) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if settings.is_tls:
        context = ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
        options["tls"] = context
    if settings.credentials_file is not None:
        options["user_credentials"] = str(settings.credentials_file)
    if settings.nkey_file is not None:
        options["nkeys_seed"] = str(settings.nkey_file)
    if settings.user:
        options["user"] = settings.user
        options["password"] = "" if settings.password is None else settings.password.get_secret_value()
    return options


def fault_text(error: BaseException) -> str:
    """Say in words what nats-py or the system raised."""
    if isinstance(error, nats.js.errors.APIError):
        return error.description or f"code {error.code}"
    if isinstance(error, TimeoutError | nats.errors.TimeoutError):
        return "no answer in time"
    if isinstance(error, nats.errors.NoRespondersError | nats.js.errors.ServiceUnavailableError):
        return "JetStream does not answer"
    if isinstance(error, OSError):
        return reason_of(error)
    text = str(error).removeprefix("nats: ").strip("'\" ")
    return text or type(error).__name__
