"""One target, served by this process as long as it holds the lease: pull, deliver, finish."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from securos_trigger.delivery.courier.courier import Courier
from securos_trigger.delivery.courier.settling import DeliveryPolicy
from securos_trigger.delivery.courier.supervised import repeat
from securos_trigger.delivery.transport import Reach, Transport
from securos_trigger.model import Delivered, Delivery, HandedOver, Outcome, Partial, Retry, Superseded
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import End
from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterConnection, ClusterUnavailableError
from securos_trigger.relay.consumers import consumers_of
from securos_trigger.relay.finishing import Attempted, Finishing, Remembered
from securos_trigger.relay.gateway_clocks import CLOCKS, GatewayClocks, clocks_text
from securos_trigger.relay.lease import Lease
from securos_trigger.relay.messages import NewerMessageError, RelayedEvent, UnreadableMessageError, decoded
from securos_trigger.relay.names import Names, message_id, token_of
from securos_trigger.relay.pulled import Pulled, PulledDeliveries
from securos_trigger.relay.pulling import Puller
from securos_trigger.relay.removal import Removal
from securos_trigger.relay.server_clocks import ServerClocks
from securos_trigger.relay.streams import LEASE_S
from securos_trigger.system.worker import Failures

#: Messages of a target in memory at once.
MOST_PENDING: Final = 256
#: A message stays with its session: the next one makes a consumer of its own, and begins with all that is not finished.
_ACKED_WITHIN_S: Final = 24 * 3600.0
FINISHED_WITHIN_S: Final = 3.0
_LOOK_EVERY_S: Final = 0.05
#: The name beside the lease of a target under which its holder shows why the target takes no events.
TROUBLE: Final = "trouble"
_SHOWN_EVERY_S: Final = LEASE_S / 4
#: What stands before an event of a newer version is given up when none of it has ended for this long: longer than an
#: attempt may take (`Connection.total_timeout_s`).
STANDS_STILL_AFTER_S: Final = 20.0


class LeasedTransport:
    """Posts only while the lease is held. Without it an attempt waits for its renewal, or until the session ends."""

    def __init__(self, transport: Transport, lease: Lease) -> None:
        self.target = transport.target
        self._transport = transport
        self._lease = lease
        self._attempted: dict[int, Attempted] = {}  # by sequence

    def attempted(self, sequence: int) -> Attempted:
        """Say what the last attempt of a delivery that has ended was like; once."""
        return self._attempted.pop(sequence, Attempted())

    async def attempt(self, delivery: Delivery, *, late: bool) -> Outcome | HandedOver | Superseded:
        """Make one attempt."""
        await self._lease.wait_until_held()
        outcome = await self._transport.attempt(delivery, late=late)
        had_failed = self._attempted.get(delivery.sequence, Attempted()).had_failed_steps
        is_duplicate = isinstance(outcome, Delivered) and outcome.duplicate and not had_failed
        self._attempted[delivery.sequence] = Attempted(late, is_duplicate, had_failed or isinstance(outcome, Partial))
        return outcome

    async def health(self) -> dict[str, object] | None:
        """Ask the target for its health."""
        return await self._transport.health()

    async def check(self, *, asks_health: bool) -> Reach | Retry:
        """Check the target; no lease is needed, because nothing is sent."""
        return await self._transport.check(asks_health=asks_health)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()


@dataclass(frozen=True, slots=True)
class Served:
    """How one target is served: what to post with, the rules of its courier, what has ended before.

    `on_refused` as that of `Finishing`.
    """

    transport: Transport
    policy: DeliveryPolicy
    remembered: Remembered
    on_refused: Callable[[str], object] = lambda _reason: None


class TargetSession:
    """Serves a target from the moment at which the lease was acquired. `run` once; `stop` ends it gently.

    `trouble_of` says why a target takes no events (empty: it does), which others are shown beside the lease.
    `servers` knows the clocks of the NATS servers.
    """

    def __init__(
        self,
        connection: ClusterConnection,
        names: Names,
        lease: Lease,
        served: Served,
        announcer: Announcer,
        trouble_of: Callable[[str], str] = lambda _target: "",
        servers: ServerClocks | None = None,
    ) -> None:
        self._servers = servers or ServerClocks(announcer)
        self._trouble_of = trouble_of
        self._target = served.transport.target
        self._connection = connection
        self._names = names
        self._lease = lease
        #: What may stand beside the lease: also that of the last holder, for hours where a server's clock is wrong.
        self._shown = {TROUBLE, CLOCKS}
        self._remembered = served.remembered
        self._announcer = announcer
        subject = names.event_subject(served.transport.target)
        self._removal = Removal(connection, names.events, subject, self._ask_on)
        self._puller: Puller | None = None
        self._finishing = Finishing(connection, names, served.remembered, self._removal, on_refused=served.on_refused)
        self._transport = LeasedTransport(served.transport, lease)
        self._pulled = PulledDeliveries(self._on_end)
        #: The clocks of the gateways that send to the target.
        self.clocks = GatewayClocks(self._target, announcer)
        self._courier = Courier(
            self._transport,
            self._pulled,
            announcer=announcer,
            policy=replace(served.policy, captured_at_of=self._pulled.captured_at_s),
            clock=time.time,
            random=random.random,
        )

    def stop(self) -> None:
        """Take nothing more, and end when the attempts under way have ended."""
        self._courier.request_close()

    async def run(self) -> None:
        """Serve until `stop`. Raises when the lease, the consumer or the cluster is lost; then nothing is posted."""
        failures = Failures(f"courier {self._target} loop", self._announcer)
        courier = asyncio.create_task(repeat(self._courier.run, failures))
        others = [
            asyncio.create_task(self._pull()),
            asyncio.create_task(self._finishing.run()),
            asyncio.create_task(self._lease.keep()),
            asyncio.create_task(self._show()),
            asyncio.create_task(self._lost()),
        ]
        try:
            done, _ = await asyncio.wait([courier, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {courier}:
                task.result()
            await self._finishing.drain(FINISHED_WITHIN_S)
        finally:
            await _ended(courier, *others)

    async def _new_consumer(self) -> str:
        """Make a consumer that begins with the first message that is not finished, and end all others of the target.

        Raises `LeaseLostError` when the lease is in doubt: the consumer of the next owner would be ended.
        """
        jetstream, stream = self._connection.jetstream, self._names.events
        prefix = f"deliver-{token_of(self._target)}-"
        for consumer in await consumers_of(jetstream, stream):
            if consumer.name and consumer.name.startswith(prefix):
                self._lease.check()
                await jetstream.delete_consumer(stream, consumer.name)
        self._lease.check()
        name = f"{prefix}{self._lease.revision}"
        await jetstream.add_consumer(
            stream,
            ConsumerConfig(
                durable_name=name,
                filter_subject=self._names.event_subject(self._target),
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=_ACKED_WITHIN_S,
                max_ack_pending=MOST_PENDING,
                mem_storage=True,  # the stream itself says what is not finished
            ),
        )
        return name

    async def _pull(self) -> None:
        consumer = await self._new_consumer()  # beside the renewal of the lease: a slow cluster takes its time for it
        async with Puller(self._connection, self._names.events, consumer, MOST_PENDING) as puller:
            self._puller = puller
            while True:
                new: list[Pulled] = []
                for message in await puller.messages():
                    self._removal.note_pulled(message)
                    try:
                        event = decoded(message.data, RelayedEvent)
                    except NewerMessageError:
                        await self._end_before_newer(new)
                        raise
                    except UnreadableMessageError as error:
                        about = {"subject": message.subject, "reason": str(error)}
                        self._announcer.announce(kinds.CLUSTER_MESSAGE_UNREADABLE, **about)
                        self._finishing.bury(message, self._target, f"it cannot be read: {error}")
                        continue
                    pulled = self._read(message, event)
                    if (before := self._remembered.find(message_id(event.delivery))) is None:
                        new.append(pulled)
                    else:
                        self._finishing.take_again(pulled, before)
                self._pulled.take_all(new)

    async def _ask_on(self) -> None:
        if self._puller is not None:
            await self._puller.ask_on()

    async def _end_before_newer(self, before: list[Pulled]) -> None:
        """Deliver what stands before an event of a newer version, as long as it gets on: the rest comes again."""
        self._pulled.take_all(before)
        left, give_up_at_ticks = len(self._pulled), time.monotonic() + STANDS_STILL_AFTER_S
        while left and time.monotonic() < give_up_at_ticks:
            await asyncio.sleep(_LOOK_EVERY_S)
            if len(self._pulled) < left:
                left, give_up_at_ticks = len(self._pulled), time.monotonic() + STANDS_STILL_AFTER_S
        await self._finishing.drain(FINISHED_WITHIN_S)

    def _read(self, message: Msg, event: RelayedEvent) -> Pulled:
        sequence, stored_at_s = message.metadata.sequence.stream, message.metadata.timestamp.timestamp()
        now_s = time.time()
        if self._servers.is_stamped_by_leader(sequence):
            self.clocks.note(event.gateway, event.published_at_s, stored_at_s, self._servers.ahead_s)
        published_at_s = 0.0 if self.clocks.is_apart(event.gateway) else event.published_at_s
        delivery = replace(event.delivery, sequence=sequence, target=self._target)
        in_cluster_s = self._servers.waited_s(now_s, sequence, stored_at_s, published_at_s)
        return Pulled(message, event, delivery, now_s - in_cluster_s - event.age_s)

    def _on_end(self, pulled: Pulled, delivery: Delivery, end: End) -> None:
        self._finishing.take(pulled, delivery, end, self._transport.attempted(delivery.sequence))

    async def _show(self) -> None:
        """Let `status --cluster` see why the target takes nothing, and the clocks that are wrong, while it is so."""
        while True:
            with contextlib.suppress(*CLUSTER_FAULTS):  # what renews the lease beside it reports the cluster
                await self._show_beside(TROUBLE, self._trouble_of(self._target).encode())
                apart = self.clocks.apart()
                await self._show_beside(CLOCKS, clocks_text(apart) if apart else b"")
            await asyncio.sleep(_SHOWN_EVERY_S)

    async def _show_beside(self, what: str, content: bytes) -> None:
        if content:
            self._shown.add(what)
            await self._lease.put_beside(what, content)
        elif what in self._shown:
            await self._lease.clear_beside(what)
            self._shown.remove(what)

    async def _lost(self) -> None:
        await self._connection.lost.wait()
        raise ClusterUnavailableError("the connection to the cluster has ended")


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
