"""The outbox, the couriers, the health watch and the control channel of one process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.delivery import Connection, Couriers, PreparedTarget
from securos_trigger.errors import OutboxError
from securos_trigger.health import HealthSettings, HealthWatch, OpenTroubles
from securos_trigger.ledger import Ledger
from securos_trigger.model import Event
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import Outbox, State
from securos_trigger.runtime.connections import connection, first_of_each_target, policy_of, relay_of, trust_store
from securos_trigger.runtime.control import Answer, ControlServer, FrameWish, Service
from securos_trigger.runtime.event_sink import OutboxSink
from securos_trigger.runtime.frame_answers import frame_answer
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.machine_watch import MachineWatch
from securos_trigger.runtime.mutes.watch import MuteWatch
from securos_trigger.runtime.node_builder import NodeBuilder
from securos_trigger.runtime.open_outbox import change_limits, check_limits, open_outbox
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.system.closing import Closeable
from securos_trigger.trigger.active_hours import zone_of
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.properties import TriggerProperties

if TYPE_CHECKING:
    from securos_trigger.relay.pipeline_lease import PipelineLease

#: How long the end of `run` and `running` waits for deliveries, in seconds; what is left stays in the outbox.
DRAIN_S = 5.0
_ANSWER_WITHIN_S = 0.5
_FLUSH_WITHIN_S = 2.0


class Dispatch(Closeable):
    """The outbox and the couriers of one process: takes events from nodes, and delivers them.

    `add` every node, then `start`; `close` at the end. A change while it runs has two parts: `node_builder` and
    `prepare_targets`, which may fail and change nothing; then `serve` and `finish_change`, which do not fail.

    What is not delivered at the end stays in the outbox and goes out at the next start. `ledger` gets every decision;
    it learns how deliveries end as an observer of `announcer`. Without one, decisions are held in memory. `health` says
    when the service reports trouble of its own. `status` answers for the whole service; it sees troubles only when it
    observes `announcer`. With `relay`, couriers hand over to that cluster instead of delivering; `lease` is that of the
    only pipeline, where several machines may run it.
    """

    def __init__(
        self,
        settings: OutboxSettings,
        announcer: Announcer,
        ledger: Ledger | None = None,
        health: HealthSettings | None = None,
        status: ServiceStatus | None = None,
        relay: RelaySettings | None = None,
        lease: PipelineLease | None = None,
    ) -> None:
        self.ledger = ledger or Ledger()
        self._announcer = announcer
        self.events = OutboxSink(self.ledger, announcer)
        self.status = status or ServiceStatus()
        self._outbox = open_outbox(settings, announcer, self._on_kept, self._on_already_there, self._on_not_kept)
        self.ledger.begin()
        #: Answers requests for a reload; only a service that was started from a file has one.
        self.on_reload: Callable[[str], Answer] | None = None
        self._control = ControlServer(self._service(), announcer)
        trusted = trust_store(settings.path)
        self._settings, self._relay = settings, relay_of(relay, self._outbox, announcer, lease)
        self._couriers = Couriers(
            self._outbox,
            announcer=announcer,
            trust_store=trusted,
            policy=policy_of(None, settings, None),
            make_transport=None if self._relay is None else self._relay.transport,
        )
        self.status.not_served = lambda: self._couriers.not_served
        self.status.awaited, self.status.tries = self._couriers.waiting_since, self._couriers.tries
        if self._relay is not None:
            self.status.stalled = self._relay.stalled
        self.events.connect(self._outbox, self._couriers.drain)
        memory = OpenTroubles(settings.path.with_name(f"{settings.path.stem}.health.json"))
        self._health = health or HealthSettings()
        self._watch = HealthWatch(self._outbox, self._health, announcer, trusted, memory, self.status.reason_of)
        self.status.certificates = self._watch.certificates
        self.node_builder = NodeBuilder(self.ledger, self.events, announcer, self._watch.heartbeat, lease)
        self._machine = MachineWatch(settings.path, announcer)
        self.mutes = MuteWatch(settings.path, lambda: self.status.working_nodes, announcer)

    def add(self, properties: TriggerProperties, context: Context, pipeline: str = "") -> LiveNode:
        """A live node with these properties, in this pipeline, before `start`."""
        live = self.node_builder.node(properties, context, pipeline)
        self._watch.zone = zone_of(context.time_zone)
        self._watch.add(live.health_recipient(self._health.name), live.label, live.node.properties.camera_ids)
        self.status.nodes.append(live)
        return live

    @property
    def outbox(self) -> Outbox:
        """The outbox of this process."""
        return self._outbox

    def add_lane(self, nodes: Sequence[LiveNode]) -> None:
        """A camera of an input is seen for the first time: its nodes show, and are muted as the others."""
        self.status.lane_nodes = [*self.status.lane_nodes, *nodes]
        self.mutes.look(nodes)

    def remove_lanes(self, nodes: Sequence[LiveNode]) -> None:
        """The pipeline of these lanes has ended."""
        gone = set(map(id, nodes))
        self.status.lane_nodes = [live for live in self.status.lane_nodes if id(live) not in gone]
        for live in nodes:
            live.end()

    def prepare_targets(
        self, served: Iterable[TriggerProperties], settings: OutboxSettings | None = None
    ) -> list[PreparedTarget]:
        """What these targets will be served with, and with these settings of the outbox (None: the present ones).

        ConfigurationError when one cannot be reached this way at all, OutboxError when the outbox holds too much.
        """
        if settings is not None and settings.max_size_mb < self._settings.max_size_mb:
            check_limits(self._outbox, settings)
        outbox = settings or self._settings
        return [self._couriers.prepare(connection(one), policy_of(one, outbox, self._relay)) for one in served]

    def take_limits(self, settings: OutboxSettings) -> None:
        """Hold, and give up, what these settings of the outbox say; targets are served with what was prepared."""
        self._settings = settings
        self._couriers.policy = policy_of(None, settings, None)
        change_limits(self._outbox, settings)

    def serve(self, targets: Iterable[PreparedTarget], nodes: Sequence[LiveNode]) -> None:
        """Serve new targets, and known ones in another way, from now on; what waits for them is due at once.

        `nodes` are all nodes from now on; those that are removed stay until `finish_change`.
        """
        self._couriers.change(targets)
        self.status.nodes = [*nodes, *(live for live in self.nodes if live not in nodes)]
        self.mutes.look()

    def finish_change(
        self,
        nodes: Sequence[LiveNode],
        removed_targets: Iterable[str],
        removed_pipelines: Iterable[str],
        health: HealthSettings,
    ) -> None:
        """Have these nodes and no others from now on, after all of them work."""
        for live in self.nodes:
            if live not in nodes:
                live.end()
        self._couriers.change(removed=removed_targets)
        self._announce_not_served(removed_targets)
        self.status.forget_targets(removed_targets)
        self.ledger.note_removed(removed_targets)
        for name in removed_pipelines:
            self._watch.forget(name)
        self.status.nodes = list(nodes)
        self._health = health
        watched = [(one.health_recipient(health.name), one.label, one.node.properties.camera_ids) for one in nodes]
        for live in nodes[:1]:
            self._watch.zone = zone_of(live.node.context.time_zone)
        served = first_of_each_target(live.node.properties for live in nodes).values()
        met, not_met = self._met([connection(properties) for properties in served])
        self._watch.change(watched, met, health, not_met)

    def _met(self, connections: Sequence[Connection]) -> tuple[Sequence[Connection], Sequence[str]]:
        """The receivers that this machine connects to, and the targets that it does not: behind a relay all."""
        if self._relay is None:
            return connections, self._couriers.not_served
        return (), (*(str(one.target) for one in connections), *self._couriers.not_served)

    def _announce_not_served(self, targets: Iterable[str]) -> None:
        """Announce the removed targets that deliveries wait for, unless the disk hangs."""
        with contextlib.suppress(TimeoutError, OutboxError):
            for target in self._outbox.oldest_unsettled(tuple(targets)).result(_ANSWER_WITHIN_S):
                self._announcer.announce(kinds.TARGET_NOT_SERVED, target=target)

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
        first = first_of_each_target(live.node.properties for live in self.nodes).values()
        connections = [connection(properties) for properties in first]
        for way, properties in zip(connections, first, strict=True):
            self._couriers.add(way, policy_of(properties, self._settings, self._relay))
        self.status.take_given_up(self._outbox)
        self._couriers.start()
        if self._relay is not None:
            self._relay.start()
        self.mutes.look()
        self.mutes.start()
        self._machine.start()
        self._watch.start(*self._met(connections))

    def end(self, drain_s: float) -> None:
        """Give what is due up to `drain_s` seconds, and announce how much waits then; before `close`."""
        self._watch.close()  # it reports what is wrong now; that frames end now is no trouble
        self.drain(drain_s)
        self._outbox.flush(_ANSWER_WITHIN_S)  # so that what was handed over last is counted
        if left := self.unsettled():
            self._announcer.announce(kinds.OUTBOX_LEFT, count=left, path=self._outbox.path)

    def counts(self) -> dict[State, int]:
        """How many deliveries stand in each state, as of the last commit."""
        return self._outbox.counts()

    def unsettled(self) -> int:
        """How many deliveries are neither delivered nor dead."""
        counts = self.counts()
        return counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0)

    def waiting(self) -> dict[str, tuple[int | None, float, int | None, float]]:
        """What waits for each target, and for how long the oldest has; see `ServiceStatus.waiting`."""
        return self.status.waiting(self._outbox)

    def lost_by(self, pipeline: str) -> int:
        """How many events of a pipeline's nodes are lost, once the outbox has answered for what was handed over."""
        self._outbox.flush(_FLUSH_WITHIN_S)
        return sum(live.origin.not_kept for live in self.status.working_nodes if live.address.pipeline == pipeline)

    def drain(self, timeout_s: float) -> bool:
        """Wait until every event is on disk, and delivered or dead. False: not within the time."""
        return self._couriers.drain(timeout_s)

    def close(self) -> None:
        """Stop delivering, write what is queued, and give the outbox up."""
        self.mutes.close()
        self._machine.close()
        self._watch.close()
        self._couriers.close()
        if self._relay is not None:
            self._relay.close()
        self._control.close()
        self._outbox.close()

    def _service(self) -> Service:
        """What requests are answered from."""
        return Service(
            self._outbox,
            self._status_answer,
            self.status.settings_answer,
            self._reload_answer,
            self._frame_answer,
            partial(self.status.look_again, self._outbox),
        )

    def _status_answer(self) -> Answer:
        return self.status.answer(self._outbox, self.events.losses.report(), self.ledger.figures())

    def _reload_answer(self, path: str) -> Answer:
        if self.on_reload is None:
            return {"error": self.status.why_no_reload}
        return self.on_reload(path)

    def _frame_answer(self, wish: FrameWish) -> Answer:
        return frame_answer(self.status.pipelines, wish)

    def _on_kept(self, event: Event) -> None:
        if not self._watch.take_kept(event):
            self.events.note_kept(event)

    def _on_already_there(self, event: Event) -> None:
        if not self._watch.take_kept(event):  # a report, which is offered again on purpose
            self.events.note_already_there(event)

    def _on_not_kept(self, event: Event, why: str) -> None:
        if not self._watch.take_not_kept(event, why):
            self.events.note_not_kept(event, why)
