"""What the couriers of a placed pipeline post with: the relay, for the events that are this machine's own."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from typing import Final

from securos_trigger.delivery.transport import Reach
from securos_trigger.model import Delivery, HandedOver, Retry, RetryKind, Superseded
from securos_trigger.notices import Announcer, kinds
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.publishing import RelayTransport
from securos_trigger.relay.shared_record import Responsibility

#: The record of a pipeline is read every second.
_KNOWN_WITHIN_S: Final = 3.0
_LOOK_EVERY_S: Final = 0.05
_UNKNOWN: Final = "The cluster has not said yet whether another machine runs the pipeline."


class FencedTransport:
    """Relays a delivery unless another machine had processed its first frame before the event was kept.

    What a person sends again goes out in any case, and so does, while the lease is held, what this process has kept
    itself: whatever the clock says, no other machine watches. While the lease has lapsed, and the record does not name
    another machine, it waits. `before` gives the highest sequence that the outbox had
    when this process began to keep events. See `Transport`.
    """

    def __init__(
        self,
        transport: RelayTransport,
        lease: PipelineLease,
        announcer: Announcer,
        before: Future[int] | None = None,
    ) -> None:
        self.target = transport.target
        self._transport = transport
        self._lease = lease
        self._announcer = announcer
        self._before = before

    async def attempt(self, delivery: Delivery, *, late: bool) -> HandedOver | Retry | Superseded:
        """Relay a delivery of this machine; give up one of a time when another machine ran the pipeline."""
        found = await self._responsibility(delivery)
        if found is Responsibility.UNKNOWN:
            return Retry(RetryKind.NOT_READY, _UNKNOWN)
        if found is Responsibility.OTHERS:
            return self._superseded(delivery)
        outcome = await self._transport.attempt(delivery, late=late)
        if isinstance(outcome, HandedOver):
            self._lease.note_relayed(delivery)
        return outcome

    async def _responsibility(self, delivery: Delivery) -> Responsibility:
        """Whose event it is; where that is not known yet it soon will be, unless the cluster is away."""
        give_up_at_ticks = time.monotonic() + _KNOWN_WITHIN_S
        while True:
            found = self._known_responsibility(delivery)
            if found is not Responsibility.UNKNOWN or time.monotonic() >= give_up_at_ticks:
                return found
            await asyncio.sleep(_LOOK_EVERY_S)

    def _known_responsibility(self, delivery: Delivery) -> Responsibility:
        is_own = self._is_own(delivery)
        if delivery.retried_at_s or (is_own and self._lease.is_held):
            return Responsibility.OURS
        found = self._lease.responsibility(delivery.kept_at_s)
        holder = self._lease.record.holder
        if found is Responsibility.OTHERS and is_own and holder is not None and holder.owner == self._lease.owner:
            return Responsibility.UNKNOWN  # this machine ran the pipeline last: its clock was set back
        return found

    def _is_own(self, delivery: Delivery) -> bool:
        """True when this process has kept the event."""
        before = self._before
        if before is None or not before.done() or before.cancelled() or before.exception() is not None:
            return False
        return delivery.sequence > before.result()

    def _superseded(self, delivery: Delivery) -> Superseded:
        record = self._lease.record
        holder = record.responsible_at(delivery.kept_at_s, self._lease.owner)
        node = "another machine" if holder is None else holder.node
        reason = f"{node} {Superseded.WHY}"
        about = {"event_name": delivery.name, "event_id": delivery.event_id, "pipeline": record.pipeline}
        self._announcer.announce(kinds.EVENT_SUPERSEDED, **about, reason=reason)
        return Superseded(reason)

    async def health(self) -> dict[str, object] | None:
        """Give None: a cluster has no health of one target."""
        return None

    async def check(self, *, asks_health: bool) -> Reach:
        """Check nothing: the connection to the cluster is watched by its client."""
        return Reach.CONNECTED

    async def close(self) -> None:
        """Close the connection, unless another target uses it."""
        await self._transport.close()
