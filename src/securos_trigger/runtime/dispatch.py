"""The outbox, the couriers, the health watch and the control channel of one process."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from securos_trigger.config.settings import OutboxSettings
from securos_trigger.delivery import Couriers, DeliveryPolicy
from securos_trigger.errors import OutboxError
from securos_trigger.health import HealthSettings, HealthWatch, OpenTroubles
from securos_trigger.heartbeat import Heartbeat
from securos_trigger.ledger import Ledger
from securos_trigger.model import Address, Event
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox, State
from securos_trigger.runtime.connections import connection, trust_store
from securos_trigger.runtime.control import Answer, ControlServer, Service
from securos_trigger.runtime.event_sink import OutboxSink
from securos_trigger.runtime.first_frames import FirstFrames
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.mutes.watch import MuteWatch
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.system.mounts import IN_MEMORY, file_system_of
from securos_trigger.system.reasons import reason_of
from securos_trigger.trigger.event_writer import Context
from securos_trigger.trigger.node import TriggerSecurOSEvent
from securos_trigger.trigger.properties import TriggerProperties

#: How long the end of `run` and `running` waits for deliveries, in seconds; what is left stays in the outbox.
DRAIN_S = 5.0

_DAY_S = 86_400.0
_MEGABYTE = 1024**2


class Dispatch:
    """The outbox and the couriers of one process: takes events from nodes, and delivers them.

    `add` every node, then `start`; `close` at the end. What is not delivered by then stays in the outbox and goes out
    at the next start. `ledger` gets every decision; it learns how deliveries end as an observer of `announcer`. Without
    one, decisions are held in memory. `health` says when the bridge reports trouble of its own. `status` answers for
    the whole service; it sees troubles only when it observes `announcer`.
    """

    def __init__(
        self,
        settings: OutboxSettings,
        announcer: Announcer,
        ledger: Ledger | None = None,
        health: HealthSettings | None = None,
        status: ServiceStatus | None = None,
    ) -> None:
        self.ledger = ledger or Ledger()
        self._announcer = announcer
        self.events = OutboxSink(self.ledger, announcer)
        self.status = status or ServiceStatus()
        try:
            settings.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutboxError(
                f"The folder of the outbox {settings.path} cannot be made: {reason_of(error)}."
            ) from error
        self._outbox = Outbox(
            settings.path,
            announcer=announcer,
            on_kept=self._on_kept,
            on_already_there=self._on_already_there,
            on_not_kept=self._on_not_kept,
            max_bytes=settings.max_size_mb * _MEGABYTE,
            keep_delivered_s=settings.keep_delivered_days * _DAY_S,
        )
        if (file_system := file_system_of(settings.path)) in IN_MEMORY:
            announcer.announce(kinds.OUTBOX_IN_MEMORY, path=settings.path, reason=f"it is on {file_system}")
        service = Service(self._outbox, self._status_answer, self.status.settings_answer)
        self._control = ControlServer(service, announcer)
        trusted = trust_store(settings.path)
        self._expire_after_s = settings.expire_after_days * _DAY_S
        policy = DeliveryPolicy(expire_after_s=self._expire_after_s)
        self._couriers = Couriers(self._outbox, announcer=announcer, trust_store=trusted, policy=policy)
        self.events.connect(self._outbox, self._couriers.drain)
        memory = OpenTroubles(settings.path.with_name(f"{settings.path.stem}.health.json"))
        self._watch = HealthWatch(self._outbox, health or HealthSettings(), announcer, trusted, memory)
        self._late_per_s = settings.late_per_s
        self.mutes = MuteWatch(settings.path, lambda: self.nodes, announcer)

    def add(self, properties: TriggerProperties, context: Context, pipeline: str = "") -> LiveNode:
        """A live node with these properties, in this pipeline; its receiver gets a courier, if it has none yet."""
        node = TriggerSecurOSEvent.from_properties(properties, context)
        label = pipeline or context.node_id
        self._watch.add(properties, context, label)
        address = Address(pipeline, "", context.node_id)
        node_ledger = self.ledger.node(address, node.condition)
        first_frames = FirstFrames(node, address, self._announcer)
        live = LiveNode(node, address, self.events, self.ledger, node_ledger, self.heartbeat(label), first_frames)
        self.status.nodes.append(live)
        return live

    @property
    def nodes(self) -> Sequence[LiveNode]:
        """Every node, in the order in which they were added."""
        return self.status.nodes

    @property
    def kept(self) -> int:
        """Events that are on disk."""
        return self.events.kept

    @property
    def already_there(self) -> int:
        """Events that the outbox had already, under the same id: they are delivered once."""
        return self.events.already_there

    @property
    def not_kept(self) -> int:
        """Events that were lost before they were on disk."""
        return self.events.not_kept

    def heartbeat(self, label: str) -> Heartbeat:
        """The heartbeat of a pipeline, or of a node that stands alone: what reads its frames stamps it."""
        return self._watch.heartbeat(label)

    def start(self) -> None:
        """Start delivering."""
        first = {live.node.properties.target: live.node.properties for live in reversed(self.nodes)}
        connections = {target: connection(properties) for target, properties in first.items()}
        for target, properties in first.items():
            policy = DeliveryPolicy(
                record_max_lateness_s=properties.record_max_lateness,
                expire_after_s=self._expire_after_s,
                late_per_s=self._late_per_s,
            )
            self._couriers.add(connections[target], policy)
        self._couriers.start()
        self.mutes.look()
        self.mutes.start()
        self._watch.start(list(connections.values()))

    def stop_watching(self) -> None:
        """Report what is wrong now, and watch no more: that frames end now is no trouble."""
        self._watch.close()

    def counts(self) -> dict[State, int]:
        """How many deliveries stand in each state, as of the last commit."""
        return self._outbox.counts()

    def unsettled(self) -> int:
        """How many deliveries are neither delivered nor dead."""
        counts = self.counts()
        return counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0)

    def drain(self, timeout_s: float) -> bool:
        """Wait until every event is on disk, and delivered or dead. False: not within the time."""
        return self._couriers.drain(timeout_s)

    def close(self) -> None:
        """Stop delivering, write what is queued, and give the outbox up."""
        self.mutes.close()
        self._watch.close()
        self._couriers.stop()
        self._control.close()
        self._outbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _status_answer(self) -> Answer:
        return self.status.answer(self._outbox, self.events.losses.report(), self.ledger.dropped)

    def _on_kept(self, event: Event) -> None:
        if not self._watch.take_kept(event):
            self.events.note_kept(event)

    def _on_already_there(self, event: Event) -> None:
        if not self._watch.take_kept(event):  # a report, which is offered again on purpose
            self.events.note_already_there(event)

    def _on_not_kept(self, event: Event, why: str) -> None:
        if not self._watch.take_not_kept(event, why):
            self.events.note_not_kept(event, why)
