"""`deliver`: couriers as a service beside the VMS. Several may run; each target has one owner at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, DeliveryPolicy, Webhook
from securos_trigger.delivery.courier.couriers import MakeTransport
from securos_trigger.delivery.courier.supervised import repeat
from securos_trigger.delivery.transport import Transport
from securos_trigger.notices import Announcer, kinds
from securos_trigger.relay.attempts import Attempts
from securos_trigger.relay.cluster_health import ClusterHealth
from securos_trigger.relay.cluster_trust import ClusterTrust
from securos_trigger.relay.connection import (
    CLUSTER_FAULTS,
    ClusterConnection,
    ClusterUnavailableError,
    connected,
    fault_text,
)
from securos_trigger.relay.dead_letter_watch import DeadLetterWatch
from securos_trigger.relay.finishing import Remembered
from securos_trigger.relay.gateway_clocks import ClockApart
from securos_trigger.relay.lease import Lease, LeaseLostError, SeenLease
from securos_trigger.relay.messages import NewerMessageError
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.pulling import ConsumerLostError
from securos_trigger.relay.server_clocks import ServerClocks
from securos_trigger.relay.streams import ensure_streams, lease_bucket, trust_bucket
from securos_trigger.relay.target_session import Served, TargetSession
from securos_trigger.system.worker import Failures, Worker

_PAUSE_S: Final = 1.0
#: A process that does not hold the lease of a target asks for it this often.
_ASK_AGAIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class ServedReceiver:
    """A receiver, how it is reached, and the rules of its courier."""

    connection: Connection
    policy: DeliveryPolicy


class DeliverService:
    """Delivers what gateways have relayed to these receivers, in one supervised thread. `start` once, then `close`.

    `make_transport` replaces the webhook. `attempts` is for others to read, `dead_letters` reports to them.
    """

    def __init__(
        self,
        settings: RelaySettings,
        receivers: Iterable[ServedReceiver],
        announcer: Announcer,
        *,
        make_transport: MakeTransport | None = None,
        attempts: Attempts | None = None,
        dead_letters: DeadLetterWatch | None = None,
    ) -> None:
        #: Why a receiver takes no events, for others to see in the cluster; set it before `start`.
        self.trouble_of: Callable[[str], str] = lambda _target: ""
        self._make_transport = make_transport
        self._attempts = attempts or Attempts()
        self._dead_letters = dead_letters or DeadLetterWatch()
        self._settings = settings
        self._names = Names(settings.stream)
        self._receivers = tuple(receivers)
        self._announcer = announcer
        self._health = ClusterHealth(announcer)
        #: The clocks of the NATS servers.
        self.servers = ServerClocks(announcer)
        self._remembered = {str(one.connection.target): Remembered() for one in self._receivers}
        self._seen = {str(one.connection.target): SeenLease() for one in self._receivers}
        self._owner = f"{settings.gateway or socket.gethostname()}, process {os.getpid()}, {os.urandom(4).hex()}"
        self._sessions: set[TargetSession] = set()
        self._is_stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker = Worker("deliver", self._run_once, announcer)

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def close(self, timeout_s: float = 20.0) -> bool:
        """Finish the attempts under way, and give every lease up. False: not within the time."""
        self._worker.request_close()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed
                self._loop.call_soon_threadsafe(self._stop)
        return self._worker.close(timeout_s)

    def clocks_apart(self) -> list[ClockApart]:
        """The gateways whose clocks are wrong, each once. From any thread."""
        apart = {one.gateway: one for session in tuple(self._sessions) for one in session.clocks.apart()}
        return [apart[name] for name in sorted(apart)]

    def _stop(self) -> None:
        self._is_stopping.set()
        for session in self._sessions:
            session.stop()

    def _run_once(self, closing: threading.Event) -> None:
        """Serve until the connection ends, and pause."""
        self._is_stopping = asyncio.Event()
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main(closing))
        except ClusterUnavailableError as error:
            self._attempts.forget()
            self._health.note_lost(str(error))
            closing.wait(_PAUSE_S)

    async def _main(self, closing: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        if closing.is_set():
            return
        async with connected(self._settings, f"deliver {self._owner}") as connection:
            try:
                await self._ensure_streams(connection)
                await self.servers.look(connection, self._names)
            except CLUSTER_FAULTS as error:
                raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error
            self._health.note_reached(connection.server)
            async with asyncio.TaskGroup() as group:
                for receiver in self._receivers:
                    group.create_task(self._serve(connection, receiver))
                group.create_task(self._watch(connection))
        if not self._is_stopping.is_set():
            raise ClusterUnavailableError(f"The cluster {connection.server}: the connection has ended.")

    async def _ensure_streams(self, connection: ClusterConnection) -> None:
        settings = self._settings
        await ensure_streams(connection.jetstream, self._names, settings.replicas, settings.max_bytes)

    async def _serve(self, connection: ClusterConnection, receiver: ServedReceiver) -> None:
        """Serve one target while the connection lasts, whenever this process holds its lease."""
        target = str(receiver.connection.target)

        async def once() -> bool:
            try:
                await self._serve_once(connection, receiver)
            except (
                LeaseLostError,
                ConsumerLostError,
                ClusterUnavailableError,
                NewerMessageError,
                *CLUSTER_FAULTS,
            ) as error:
                reason = fault_text(error)
                if self._attempts.note_failed(target, reason):
                    self._announcer.announce(kinds.TARGET_GIVEN_UP, target=target, reason=reason)
            if not self._has_ended(connection):
                await asyncio.sleep(_ASK_AGAIN_S)
            return not self._has_ended(connection)

        await repeat(once, Failures(f"deliver {target}", self._announcer))

    async def _watch(self, connection: ClusterConnection) -> None:
        """Look at the servers' clocks, and for dead letters that are gone, while the connection lasts."""

        async def once() -> bool:
            # Both look again, whether the other could or not; what serves the targets reports the cluster.
            with contextlib.suppress(*CLUSTER_FAULTS):
                await self.servers.look(connection, self._names)
            with contextlib.suppress(*CLUSTER_FAULTS):
                await self._dead_letters.look(connection.jetstream, self._names)
            if not self._has_ended(connection):
                await asyncio.sleep(_ASK_AGAIN_S)
            return not self._has_ended(connection)

        await repeat(once, Failures("deliver watch", self._announcer))

    def _has_ended(self, connection: ClusterConnection) -> bool:
        return self._is_stopping.is_set() or connection.lost.is_set()

    async def _serve_once(self, connection: ClusterConnection, receiver: ServedReceiver) -> None:
        """Take the lease and serve. All that can be asked for before is: nothing renews the lease until it is used."""
        target = str(receiver.connection.target)
        jetstream, replicas = connection.jetstream, self._settings.replicas
        if self._attempts.have_failed(target):
            await self._ensure_streams(connection)  # a person may have deleted one
        trust = ClusterTrust(await trust_bucket(jetstream, self._names, replicas), asyncio.get_running_loop())
        leases = await lease_bucket(jetstream, self._names, replicas)
        seen = self._seen[target]
        lease = Lease(leases, token_of(target), self._owner, seen=seen)
        if not await lease.acquire():
            if seen.owner != self._owner:
                self._attempts.note_stands_by(target, seen.owner)
            return
        try:
            await self._serve_with(connection, receiver, lease, trust)
            self._attempts.note_well(target)
        finally:
            await lease.release()

    async def _serve_with(
        self, connection: ClusterConnection, receiver: ServedReceiver, lease: Lease, trust: ClusterTrust
    ) -> None:
        target = str(receiver.connection.target)
        transport = self._transport(receiver, trust)
        on_refused = partial(self._note_refused, target)
        served = Served(transport, receiver.policy, self._remembered[target], on_refused)
        session = TargetSession(connection, self._names, lease, served, self._announcer, self.trouble_of, self.servers)
        self._announcer.announce(kinds.TARGET_TAKEN, target=target)
        self._attempts.note_taken(target)
        self._sessions.add(session)
        try:
            if not self._is_stopping.is_set():
                await session.run()
        finally:
            self._sessions.discard(session)
            await transport.close()

    def _note_refused(self, target: str, reason: str) -> None:
        """Report that a stream refuses what has ended, or that it takes it again (an empty reason)."""
        if not self._attempts.note_refused(target, reason):
            return
        if reason:
            self._announcer.announce(kinds.ENDS_REFUSED, target=target, reason=reason)
        else:
            self._announcer.announce(kinds.ENDS_ACCEPTED, target=target)

    def _transport(self, receiver: ServedReceiver, trust: ClusterTrust) -> Transport:
        if self._make_transport is not None:
            return self._make_transport(receiver.connection, receiver.policy)
        return Webhook(
            receiver.connection,
            announcer=self._announcer,
            trust_store=trust,
            max_connections=receiver.policy.max_at_once,
        )
