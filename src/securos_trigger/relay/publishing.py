"""The relay of a gateway: what its couriers post with is a publish to JetStream, confirmed by the cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import nats.js.errors

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery.transport import Reach
from securos_trigger.model import Delivery, HandedOver, Retry, RetryKind
from securos_trigger.outbox import Age
from securos_trigger.relay.batched_publishing import BatchedPublishing
from securos_trigger.relay.connection import (
    CLUSTER_FAULTS,
    ClusterConnection,
    ClusterUnavailableError,
    connect,
)
from securos_trigger.relay.messages import RelayedEvent, encoded
from securos_trigger.relay.names import Names, message_id
from securos_trigger.relay.streams import ensure_streams

#: Publishes of a target under way at once. Each camera has at most one, so its order is the one in the stream.
WINDOW: Final = 128


class Publisher:
    """Publishes the deliveries of all targets over one connection, which is made when it is needed.

    One event loop uses it at a time. `age_of` says how old a delivery is (`Outbox.age`),
    `clock` gives the time of this machine (Unix seconds).
    """

    def __init__(
        self, settings: RelaySettings, age_of: Callable[[Delivery], Age], clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._names = Names(settings.stream)
        self._gateway = settings.gateway
        self._age_of = age_of
        self._connection: ClusterConnection | None = None
        self._publishing: BatchedPublishing | None = None  # over this connection
        self._connecting = asyncio.Lock()
        self._users: set[str] = set()  # targets whose courier posts

    async def publish(self, delivery: Delivery) -> HandedOver | Retry:
        """Publish one delivery: handed over when the cluster has confirmed that it is stored."""
        try:
            connection, publishing = await self._connected()
        except ClusterUnavailableError as error:
            return Retry(RetryKind.UNREACHABLE, str(error))
        message = RelayedEvent(
            self._gateway, delivery, self._age_of(delivery).age_s, published_at_s=round(self._clock(), 3)
        )
        try:
            subject = self._names.event_subject(delivery.target)
            await publishing.publish(subject, encoded(message), message_id(delivery))
        except CLUSTER_FAULTS as error:
            if isinstance(error, TimeoutError | nats.js.errors.NoStreamResponseError):
                await self._renew(connection)
            return _failure(connection, error)
        return HandedOver()

    def begin_use(self, target: str) -> None:
        """Keep the connection open for this target."""
        self._users.add(target)

    async def end_use(self, target: str) -> None:
        """Close the connection when no other target uses it."""
        self._users.discard(target)
        if not self._users:
            await self._close()

    async def _close(self) -> None:
        connection, self._connection, self._publishing = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def _connected(self) -> tuple[ClusterConnection, BatchedPublishing]:
        async with self._connecting:
            if self._connection is not None and self._publishing is not None and not self._connection.lost.is_set():
                return self._connection, self._publishing
            await self._close()
            connection = await connect(self._settings, f"relay of {self._gateway}")
            try:
                settings = self._settings
                await ensure_streams(connection.jetstream, self._names, settings.replicas, settings.max_bytes)
            except CLUSTER_FAULTS as error:
                await connection.close()
                raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error
            self._connection, self._publishing = connection, BatchedPublishing(connection, self._names.events)
            return self._connection, self._publishing

    async def _renew(self, connection: ClusterConnection) -> None:
        """Give up a connection on which nothing is confirmed: the next one makes a stream that was deleted."""
        if self._connection is connection:
            await self._close()


def _failure(connection: ClusterConnection, error: BaseException) -> Retry:
    """Distinguish a refusal, after which the event is not in the cluster, from silence, after which it may be."""
    why = connection.why(error)
    if isinstance(error, nats.js.errors.APIError) or why.startswith("refused"):
        return Retry(RetryKind.NOT_READY, f"The cluster {connection.server} refuses the event: {why}.")
    return Retry(RetryKind.UNREACHABLE, f"The cluster {connection.server} has not confirmed the event: {why}.")


class RelayTransport:
    """What the courier of one target at a gateway posts with. See `Transport`."""

    def __init__(self, target: str, publisher: Publisher) -> None:
        self.target = target
        self._publisher = publisher

    async def attempt(self, delivery: Delivery, *, late: bool) -> HandedOver | Retry:
        """Publish a delivery; whether it is late is decided again where it is delivered."""
        self._publisher.begin_use(self.target)
        return await self._publisher.publish(delivery)

    async def health(self) -> dict[str, object] | None:
        """Give None: a cluster has no health of one target."""
        return None

    async def check(self, *, asks_health: bool) -> Reach:
        """Check nothing: the connection to the cluster is watched by its client."""
        return Reach.CONNECTED

    async def close(self) -> None:
        """Close the connection, unless another target uses it."""
        await self._publisher.end_use(self.target)
